"""Draws docs/pictures/trust-*.svg, one picture an idea of docs/trust.md, from cohorts of the package's own generator.

`python docs/draw_trust.py` takes about half a minute. Every cohort has 150 patients, 162 features and a seed.
"""

import os
import sys
from pathlib import Path

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from numpy.typing import NDArray
from svg_axis import BLUE, GREEN, GREY, INK, ORANGE, Axis

from backend.science.synthetic.tables import synth_tables
from backend.science.tables.feature_names import parse
from backend.science.text_format import signed
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import DecodingChange, decoding_change

FOLDER = Path(__file__).parent / "pictures"
Array = NDArray[np.float64]
GAIN, LOSS = 4.0, 0.6
"""How strongly two halves of a group change in opposite directions (`draw_unseen`)."""


class Cohort:
    """A generated cohort: embeddings before and after, radiomics, their groups, and what was planted in each group."""

    def __init__(self, n: int = 150, seed: int = 1, scenario: str = "planted_all") -> None:
        tables = synth_tables(n, 54, 128, seed, scenario)
        self.rng = np.random.default_rng([seed, 99])
        self.pre, self.ft = (table.iloc[:, 2:].to_numpy(float) for table in (tables.pre, tables.ft))
        self.r = tables.radiomics.iloc[:, 2:].to_numpy(float)
        self.features = list(tables.radiomics.columns[2:])
        self.groups = [parse(column).modality_class for column in self.features]
        self.planted = tables.truth.groups
        self.patients = tables.pre["patient_id"].tolist()

    @property
    def scores(self) -> Array:
        """The radiomics as normal scores."""
        return Ranks.of(self.r).normal_scores(np.ones(len(self.r), dtype=bool))

    def of_group(self, group: str) -> NDArray[np.bool_]:
        """Which features are in a group."""
        return np.array([one == group for one in self.groups])

    def change(self, *runs: Array, label: Array | None = None, penalty: float | None = None) -> DecodingChange:
        """The change of decoding after one or more runs, by a penalty of its own where none is given."""
        known = () if label is None else (Covariate("label", label),)
        return decoding_change(
            self.pre, runs or [self.ft], self.r, self.patients, self.groups, label=known, penalty=penalty
        )


def words(group: str) -> str:
    """`T2_glcm` as people read it."""
    return group.replace("_", " ")


def unit(cohort: Cohort) -> Array:
    """A random direction of length about 1 in the embedding."""
    width = cohort.pre.shape[1]
    return np.asarray(cohort.rng.standard_normal(width) / np.sqrt(width))


def draw_chance() -> str:
    """Features that nothing knows: held-out R2 lies below 0, the more so the fewer patients; above chance it is 0."""
    axis = Axis("R² of 162 features of pure noise", (-0.15, 0.1), 6)
    for row, n in enumerate((60, 120, 240)):
        cohort = Cohort(n)
        n_known, noise = len(cohort.groups), cohort.rng.standard_normal(cohort.r.shape)
        cohort.r, cohort.groups = np.hstack([cohort.r, noise]), [*cohort.groups, *cohort.groups]
        change = cohort.change()
        above, chance = change.features.r2_pre[n_known:], change.chance_r2[0]
        raw = chance + above * (1 - chance)
        for place, values, colour, text in ((0, raw, ORANGE, "held out"), (1, above, BLUE, "above chance")):
            y = 2 * row + place
            axis.name(y, f"{n} patients, {text}")
            axis.bar(y, float(np.quantile(values, 0.1)), float(np.quantile(values, 0.9)), colour)
            axis.dot(y, float(values.mean()), colour)
    return axis.svg("Dot: mean; line: 80 % of the features.")


def draw_shared() -> str:
    """R2 before and after of every feature: the line is the typical feature, the effect the distance from it."""
    cohort = Cohort()
    change = cohort.change()
    axis = Axis("R² before fine-tuning", (-0.1, 0.75), 13, left=60, up=(-0.1, 0.75, "R² after"))
    for k, group in enumerate(cohort.groups):
        colour = {"stronger": GREEN, "weaker": ORANGE, "untouched": GREY}[cohort.planted[group]]
        axis.point(float(change.features.r2_pre[k]), float(change.features.r2_ft[k]), colour)
    slope = 1 + change.shared_change
    axis.line((0, 0), (0.75, 0.75 * slope), INK)
    axis.line((0, 0), (0.75, 0.75), GREY, dashed=True)
    best = int(np.argmax(change.features.effect.value))
    before, after = float(change.features.r2_pre[best]), float(change.features.r2_ft[best])
    axis.line((before, before * slope), (before, after), GREEN)
    return axis.svg(
        f"Line: the typical feature (shared change {signed(change.shared_change)}); dashed: no change. Green stroke: "
        "one effect. Green and orange: planted stronger and weaker."
    )


def draw_jackknife() -> str:
    """One group: its effect, the effect without each patient, and the interval they give."""
    change = Cohort().change()
    g = int(np.argmax(change.groups.effect.value))
    value, (low, high) = change.groups.effect.value[g], change.groups.interval
    without = change.groups.effect.deleted[:, g]
    axis = Axis(f"effect of {words(change.group_names[g])}", (0.0, float(high[g]) + 0.04), 3)
    axis.name(0, "without each patient")
    for one in without:
        axis.tick(0, float(one), GREY)
    axis.name(1, "all patients")
    axis.bar(1, float(low[g]), float(high[g]), GREEN)
    axis.dot(1, float(value), GREEN)
    far = int(np.argmin(without))
    axis.name(2, "the patient that carries most")
    axis.tick(2, float(without[far]), ORANGE)
    return axis.svg("Where one patient carried a change, its stroke would lie apart.")


def draw_groups() -> str:
    """All groups with their features: features are tested only inside the groups that changed."""
    cohort = Cohort()
    change = cohort.change()
    order = np.argsort(-change.groups.effect.value)
    effect, (low, high) = change.features.effect.value, change.groups.interval
    axis = Axis("effect", (-0.35, 0.4), len(order))
    for row, g in enumerate(order.tolist()):
        flag = change.groups.flag[g]
        colour = {"stronger": GREEN, "weaker": ORANGE, "kept": GREEN}.get(flag, GREY)
        axis.name(row, words(change.group_names[g]), bold=colour != GREY)
        axis.bar(row, float(low[g]), float(high[g]), colour)
        for k in change.group_at[g].tolist():
            chosen = change.features.flag[k] not in ("unchanged", "underpowered", "not_decodable")
            axis.small(row, float(effect[k]), colour if chosen else GREY, filled=chosen)
        axis.dot(row, float(change.groups.effect.value[g]), colour)
    return axis.svg("Large: groups with intervals. Small: features, filled where flagged. Colour: the group changed.")


def draw_label() -> str:
    """The label is written into the embedding: a group that goes with it rises, and does not given the label."""
    cohort = Cohort(seed=2, scenario="planted")
    untouched = [group for group, change in cohort.planted.items() if change == "untouched"]
    gained = [group for group, change in cohort.planted.items() if change == "stronger"]
    rides = cohort.scores[:, cohort.of_group(untouched[0])]
    label = (rides @ np.linalg.svd(rides, full_matrices=False)[2][0] > 0).astype(float)
    direction = cohort.rng.standard_normal(cohort.pre.shape[1])
    written = cohort.ft + 1.0 * np.outer(label - label.mean(), direction)
    change = cohort.change(written, label=label)
    share = change.group_label
    assert share is not None
    axis = Axis("effect", (-0.15, 0.4), 4)
    for row, (group, text) in enumerate(((untouched[0], "goes with the label"), (gained[0], "learned"))):
        g = change.group_names.index(group)
        for place, found in enumerate((change.groups, share.given_label)):
            low, high = found.interval
            y = 2 * row + place
            axis.name(y, f"{words(group)} ({text})" if place == 0 else "given the label")
            colour = GREEN if place == 0 else BLUE
            axis.bar(y, float(low[g]), float(high[g]), colour)
            axis.dot(y, float(found.effect.value[g]), colour)
    return axis.svg("A change that is still there given the label is more than the label.")


def draw_runs() -> str:
    """Five runs of one recipe: each moves other groups by chance; the mean over runs keeps what all share."""
    cohort = Cohort(seed=3)
    runs = []
    for group in cohort.rng.choice(sorted(cohort.planted), 5, replace=False):
        written = cohort.scores[:, cohort.of_group(str(group))].mean(axis=1)
        noise = 0.2 * cohort.rng.standard_normal(cohort.ft.shape)
        runs.append(cohort.ft + noise + 8.0 * np.outer(written, unit(cohort)))
    change = cohort.change(*runs)
    order = np.argsort(-change.groups.effect.value)
    low, high = change.groups.interval
    axis = Axis("effect", (-0.35, 0.4), len(order))
    for row, g in enumerate(order.tolist()):
        flagged = change.groups.flag[g] in ("stronger", "weaker", "kept")
        colour = BLUE if flagged else GREY
        axis.name(row, f"{words(change.group_names[g])}, {change.groups.n_runs_agree[g]} of 5", bold=flagged)
        axis.bar(row, float(low[g]), float(high[g]), colour)
        for run in range(5):
            axis.tick(row, float(change.groups.effect.by_run[run, g]), INK)
        axis.dot(row, float(change.groups.effect.value[g]), colour)
    return axis.svg("Strokes: single runs. Dot and line: their mean with its interval. Blue: flagged.")


def draw_unseen() -> str:
    """Half of a group gains and half loses: its mean stays, so the group is not flagged, nor any of its features."""
    cohort = Cohort(seed=6, scenario="null_resample")
    group = next(iter(cohort.planted))
    inside = np.flatnonzero(cohort.of_group(group))
    up, down = (cohort.scores[:, half].mean(axis=1) for half in np.array_split(inside, 2))
    down = down - up * (up @ down) / (up @ up)
    lost = np.outer(down, down @ cohort.ft / (down @ down))
    change = cohort.change(cohort.ft + GAIN * np.outer(up, unit(cohort)) - LOSS * lost)
    g, effect = change.group_names.index(group), change.features.effect.value
    low, high = change.groups.interval
    axis = Axis("effect", (-0.35, 0.35), 3)
    for row, half, text, colour in (
        (0, inside[: len(inside) // 2], "written more", GREEN),
        (1, inside[len(inside) // 2 :], "erased in part", ORANGE),
    ):
        axis.name(row, f"features {text}")
        for k in half.tolist():
            axis.small(row, float(effect[k]), colour, filled=change.features.flag[k] in ("stronger", "weaker"))
    axis.name(2, f"{words(group)}: {change.groups.flag[g]}")
    axis.bar(2, float(low[g]), float(high[g]), GREY)
    axis.dot(2, float(change.groups.effect.value[g]), GREY)
    return axis.svg("Opposite changes inside one group cancel in its mean.")


PICTURES = {
    "chance": draw_chance,
    "shared": draw_shared,
    "jackknife": draw_jackknife,
    "groups": draw_groups,
    "label": draw_label,
    "runs": draw_runs,
    "unseen": draw_unseen,
}


def main() -> None:
    """Draws all pictures, or those named."""
    for name in sys.argv[1:] or PICTURES:
        (FOLDER / f"trust-{name}.svg").write_text(PICTURES[name](), "utf-8")


if __name__ == "__main__":
    main()
