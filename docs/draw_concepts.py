"""Draws docs/pictures/concept-*.svg, one picture an idea of docs/concepts, from tables of the package's own generator.

`python docs/draw_concepts.py` takes some seconds; `--check` says which pictures are old. Every cohort has a seed.
"""

import os
import sys
from pathlib import Path

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from draw_trust import Array, Cohort, unit, words
from svg_panels import Plot, Sheet

from backend.science.embedding.embedding_map import embedding_map
from backend.science.tables.feature_names import parse
from backend.science.text_format import signed
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.erasure.feature_use import feature_use
from backend.science.trust.erasure.folds import patient_folds
from backend.science.trust.jackknife.covariates import Covariate

FOLDER = Path(__file__).parent / "pictures"
SHOWN = 40
"""Numbers of an embedding that are drawn as squares."""
PENALTY = 1.0
"""Ridge of the head and of erasing in `draw_erasure`, in mean eigenvalues."""


def draw_embedding() -> str:
    """Three studies as rows of numbers, before and after; the cohort in the plane of both."""
    cohort = Cohort(120)
    found = embedding_map(cohort.pre, cohort.ft, cohort.patients)
    first = int(np.argmax(found.pre[:, 0]))
    chosen = {"A": first, "B": int(found.near_pre[first, 0]), "C": int(np.argmin(found.pre[:, 0]))}
    sheet = Sheet("Three studies as rows of numbers, before and after fine-tuning, and the cohort as points", 466)
    for left, width, name in ((16, 104, "images"), (154, 84, "encoder")):
        sheet.box((left, 14), (width, 44), "ink", edge=True)
        sheet.text((left + width / 2, 33 if name == "images" else 41), name, anchor="middle", bold=True)
        sheet.arrow((left + width + 4, 36), (left + width + 30, 36))
    sheet.text((68, 50), "T2, DWI, ADC", "quiet", "middle")
    sheet.text((280, 33), f"{cohort.pre.shape[1]} numbers a study,", bold=True)
    sheet.text((280, 50), f"here the first {SHOWN}", "quiet")
    for top, stage, x in ((74, "before", cohort.pre), (138, "after", cohort.ft)):
        sheet.text((16, top + 30), stage, "quiet")
        low, high = np.quantile(x[:, :SHOWN], (0.02, 0.98))
        for row, (name, study) in enumerate(chosen.items()):
            sheet.text((80, top + 18 * row + 13), name, anchor="middle", bold=True)
            for place, value in enumerate(np.clip((x[study, :SHOWN] - low) / (high - low), 0.03, 1.0)):
                sheet.box((92 + 9.2 * place, top + 18 * row), (8.2, 15), "ink", float(value))
    ends = float(max(np.abs(found.pre).max(), np.abs(found.ft).max())) * 1.15
    for left, text, spots in ((16, "before", found.pre), (254, "after", found.ft)):
        plot = Plot(sheet, (left, 228, 210, 180), (-ends, ends), (-ends, ends))
        plot.frame(f"{len(spots)} studies, {text}")
        plot.points(spots[:, 0], spots[:, 1], "grey")
        for name, study in chosen.items():
            x, y = plot.at(*spots[study])
            sheet.dot((x, y), "ink", 5)
            sheet.text((x - 12 if name == "B" else x + 12, y + 5), name, bold=True, anchor="middle")
    sheet.text((16, 432), "B is the nearest neighbour of A before fine-tuning.", "quiet")
    shares = f"{found.shown_pre:.0%} and {found.shown_ft:.0%}".replace("%", " %")
    sheet.text((16, 450), f"The planes hold {shares} of the differences.", "quiet")
    return sheet.svg()


def draw_decoder() -> str:
    """One feature: the value decoded from the embedding against the true one, in patients that were held out."""
    cohort = Cohort(150)
    change = cohort.change()
    k = int(np.argmax(change.features.effect.value))
    truth, group = cohort.scores[:, k], words(parse(cohort.features[k]).modality_class)
    sheet = Sheet("A feature decoded from the embedding against its true value, before and after fine-tuning", 312)
    scores = (change.features.r2_pre[k], change.features.r2_ft[k])
    for left, text, decoded, r2 in zip((30, 268), ("before", "after"), change.decoded, scores, strict=True):
        plot = Plot(sheet, (left, 34, 196, 196), (-2.8, 2.8), (-2.8, 2.8))
        plot.frame(f"{text}: R² {r2:.2f}", "measured in the image", "decoded")
        plot.line((-2.8, -2.8), (2.8, 2.8), "quiet", 1.5, dashed=True)
        plot.points(truth, decoded[:, k], "blue" if text == "after" else "grey")
    sheet.text((16, 276), f"A feature of {group}, in 150 patients. Each point: a patient", "quiet")
    sheet.text((16, 294), "the decoder never saw. Dashed: decoded exactly as measured.", "quiet")
    return sheet.svg()


def draw_chance() -> str:
    """Two rulers: held-out R2 of known features and of noise, and the same above chance."""
    cohort = Cohort(150)
    known = cohort.change()
    above, chance = known.features.r2_pre, float(known.chance_r2[0])
    cohort.r = cohort.rng.standard_normal(cohort.r.shape)
    noise = cohort.change(penalty=known.penalty).features.r2_pre
    sheet = Sheet("R² of known features and of noise: held out, and above chance", 304)
    sheet.text((16, 22), "162 radiomic features (green), 162 of pure noise (grey), 150 patients", "quiet")
    rulers = [Plot(sheet, (136, top, 320, 44), (-0.5, 1.0)) for top in (40, 200)]
    for ruler, name, rest in zip(rulers, ("held out", "above chance"), (chance, 0.0), strict=True):
        ruler.ticks((-0.5, 0, 0.5, 1))
        sheet.text((16, ruler.place[1] + 16), "R²", bold=True)
        sheet.text((16, ruler.place[1] + 33), name, bold=True)
        for part, colour, height in ((noise, "grey", 0.25), (above, "green", 0.75)):
            values = rest + part * (1 - rest)
            ruler.points(values.tolist(), [height] * len(part), colour, 2.2)
    for before, after in ((chance, 0.0), (1.0, 1.0)):
        (x, y), (end, below) = rulers[0].at(before, 0), rulers[1].at(after, 1)
        sheet.line((x, y + 22), (end, below - 4), "ink", 1.5, dashed=True)
        text, anchor, move = (
            ("perfect: 1 stays 1", "end", -8) if before == 1 else (f"chance: {signed(chance)} becomes 0", "start", 10)
        )
        sheet.text((end + move, 132 if before < 1 else 172), text, anchor=anchor)
    sheet.text((16, 290), f"Noise reaches {signed(chance)}, not 0. So the ruler is moved and stretched.", "quiet")
    return sheet.svg()


def draw_label() -> str:
    """Two features that a fine-tuned embedding carries more: one by the label alone, one also within each class."""
    cohort = Cohort(seed=2, scenario="planted")
    names = {change: group for group, change in cohort.planted.items()}
    rides = cohort.scores[:, cohort.of_group(names["untouched"])]
    label = (rides @ np.linalg.svd(rides, full_matrices=False)[2][0] > 0).astype(float)
    written = cohort.ft + np.outer(label - label.mean(), cohort.rng.standard_normal(cohort.pre.shape[1]))
    change = cohort.change(written, label=label)
    assert change.given_label is not None
    given = change.given_label.estimates
    sheet = Sheet("A feature that goes with the label, and one that was learned, decoded after fine-tuning", 330)
    for left, kind, head in ((30, "untouched", "goes with the label"), (268, "stronger", "learned")):
        inside = cohort.of_group(names[kind])
        k = int(np.argmax(np.where(inside, change.features.r2_ft, -1)))
        plot = Plot(sheet, (left, 34, 196, 196), (-2.8, 2.8), (-2.2, 2.2))
        plot.frame(head, "measured in the image", "decoded")
        for yes, colour in ((0.0, "grey"), (1.0, "green")):
            x, y = cohort.scores[label == yes, k], change.decoded[1, label == yes, k]
            slope, start = np.polyfit(x, y, 1)
            plot.points(x, y, colour, 2.6)
            ends = float(x.min()), float(x.max())
            plot.line((ends[0], start + slope * ends[0]), (ends[1], start + slope * ends[1]), "ink", 3)
        gain, rest = change.features.effect.value[k], given.effect.value[k]
        sheet.text((left, 270), f"effect {signed(gain)}", bold=True)
        sheet.text((left, 288), f"given the label {signed(rest)}", bold=True)
    sheet.text((16, 316), "Green: label yes. Grey: label no. Lines: within each class alone.", "quiet")
    return sheet.svg()


def draw_runs() -> str:
    """Five runs of one recipe as columns: what all share stays in the mean; what one run did alone does not."""
    cohort = Cohort(seed=3)
    runs: list[Array] = []
    for group in sorted(name for name, change in cohort.planted.items() if change == "untouched")[:5]:
        own = np.linalg.svd(cohort.scores[:, cohort.of_group(group)], full_matrices=False)[0][:, 0] * 30
        noise = 0.2 * cohort.rng.standard_normal(cohort.ft.shape)
        runs.append(cohort.ft + noise + np.outer(own, unit(cohort)))
    change = cohort.change(*runs).groups
    names = cohort.change().group_names
    order = np.argsort(-change.effect.value)
    sheet = Sheet("Effects of groups of features in five runs of one recipe, and their mean", 96 + 20 * len(order))
    for run in range(5):
        sheet.text((139 + 40 * run, 30), str(run + 1), anchor="middle")
    sheet.text((219, 14), "run", "quiet", "middle")
    sheet.text((351, 30), "mean", bold=True, anchor="middle")
    sheet.text((382, 30), "flag", bold=True)
    for row, g in enumerate(order.tolist()):
        top = 40 + 20 * row
        flag = str(change.flag[g])
        sheet.text((112, top + 14), words(names[g]), anchor="end", bold=flag in ("stronger", "weaker"))
        values = [*change.effect.by_run[:, g].tolist(), float(change.effect.value[g])]
        for column, value in enumerate(values):
            left = 120 + 40 * column + (12 if column == 5 else 0)
            sheet.box((left, top), (38, 18), "blue" if value > 0 else "orange", min(abs(value) / 0.3, 1.0))
            sheet.text((left + 19, top + 13.5), signed(value), anchor="middle", more=' font-size="11"')
        sheet.text((382, top + 14), flag, "ink" if flag in ("stronger", "weaker") else "quiet")
    low = 62 + 20 * len(order)
    sheet.text((16, low), "Blue: carried more. Orange: carried less. One dark square in a row", "quiet")
    sheet.text((16, low + 18), "is what a single run did; a whole dark row is the recipe's.", "quiet")
    return sheet.svg()


def draw_erasure() -> str:
    """The head's outputs with the whole embedding, without a group it uses, and without one it does not use."""
    cohort = Cohort(seed=2, scenario="planted")
    gained = [group for group, change in cohort.planted.items() if change == "stronger"]
    inside = cohort.scores[:, cohort.of_group(gained[0])]
    label = inside @ np.linalg.svd(inside, full_matrices=False)[2][0]
    label = label / label.std() + 0.3 * cohort.rng.standard_normal(len(label))
    found = feature_use(cohort.ft, cohort.r, Covariate("label", label), cohort.patients, cohort.groups)
    target = Ranks.of(label[:, None]).normal_scores(np.ones(len(label), dtype=bool))[:, 0]
    flags = found.groups.flag.tolist()
    spared = found.group_names[flags.index("not_used")]
    sheet = Sheet("What a head says with the whole embedding, and after a group of features was erased", 330)
    cases = (("nothing erased", None), (f"no {words(gained[0])}", gained[0]), (f"no {words(spared)}", spared))
    for place, (head, group) in enumerate(cases):
        outputs = _outputs(cohort, target, None if group is None else cohort.scores[:, cohort.of_group(group)])
        plot = Plot(sheet, (30 + 152 * place, 34, 132, 132), (-2.8, 2.8), (-2.2, 2.2))
        plot.frame(head, "label", "head says" if place == 0 else "")
        plot.line((-2.2, -2.2), (2.2, 2.2), "quiet", 1.5, dashed=True)
        plot.points(target, outputs, "ink", 2.2)
    sheet.text((16, 216), "share of the head's skill that is lost", bold=True)
    ruler = Plot(sheet, (150, 226, 306, 44), (-0.2, 1.4))
    ruler.ticks((0, 0.5, 1))
    control = float(found.groups.control[found.group_names.index(gained[0])])
    ruler.line((control, 0), (control, 1), "quiet", 1.5, dashed=True)
    for height, group in ((0.75, gained[0]), (0.25, spared)):
        g = found.group_names.index(group)
        ruler.line((float(found.groups.low[g]), height), (float(found.groups.high[g]), height), "green", 3)
        at = ruler.at(float(found.groups.used[g]), height)
        sheet.dot(at, "green", 5)
        sheet.text((140, at[1] + 4), f"{words(group)}: {flags[g].replace('_', ' ')}", anchor="end")
    sheet.text((16, 312), "Dashed: what erasing at random costs. Lines: 95 % intervals.", "quiet")
    return sheet.svg()


def _outputs(cohort: Cohort, target: Array, erased: Array | None) -> Array:
    """Held-out outputs of a ridge head on the label, in five folds, after features were erased or not."""
    outputs = np.empty(len(target))
    for fold in range(5):
        test = patient_folds(cohort.patients, 5, 1, 0)[0] == fold
        x = cohort.ft - cohort.ft[~test].mean(axis=0)
        train = x[~test]
        ridge = train.T @ train
        ridge += PENALTY * np.trace(ridge) / len(ridge) * np.eye(len(ridge))
        head = np.linalg.solve(ridge, train.T @ (target[~test] - target[~test].mean()))
        if erased is not None:
            z = erased[~test] - erased[~test].mean(axis=0)
            z = np.linalg.svd(z, full_matrices=False)[0][:, :3]
            s = train.T @ z
            b = np.linalg.solve(ridge, s)
            x = x - x @ b @ np.linalg.inv(s.T @ b) @ s.T
        outputs[test] = target[~test].mean() + x[test] @ head
    return outputs


PICTURES = {
    "embedding": draw_embedding,
    "decoder": draw_decoder,
    "chance": draw_chance,
    "label": draw_label,
    "runs": draw_runs,
    "erasure": draw_erasure,
}


def main() -> None:
    """Draws all pictures, or says which are old."""
    drawn = {FOLDER / f"concept-{name}.svg": draw() for name, draw in PICTURES.items()}
    if "--check" in sys.argv:
        old = [path.name for path, text in drawn.items() if not path.exists() or path.read_text("utf-8") != text]
        sys.exit(f"docs/draw_concepts.py has to be run again for: {', '.join(old)}" if old else 0)
    for path, text in drawn.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
