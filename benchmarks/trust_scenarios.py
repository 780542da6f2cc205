"""The acceptance table of the trust block on simulated cohorts, printed into docs/trust_figures.md.

`python -m benchmarks.trust_scenarios` runs every row (five seeds, K = 837) and keeps finished ones under `--cache`, so
that it can be run in pieces (`--only planted_all`, `--most 20`); `--write` puts what is finished into the page. The
worlds are those of `backend.science.synthetic.worlds`. Version 1's figures are constants (`trust_version_1`).
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np

from benchmarks.page import write_block
from benchmarks.trust_cohorts import Scores, coverage, repeated_studies, score
from benchmarks.trust_version_1 import VERSION_1

SIZES = {"planted_all": (60, 100, 300), "planted": (100, 300), "label_leakage": (150,)}
NOTHING = ("null_identical", "null_scale", "null_rot", "null_offset")
EMBEDDING_NULLS = ("null_all", "null_resample", "null_nuis", "bent_units", "heavy_tails", "other_dimension")
NULLS = (*EMBEDDING_NULLS, "scanner", "collinear", "discretised", "repeats")
COHORTS = 20
"""Cohorts of each world from which coverage is measured."""
Found = dict[str, list[Scores]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--features", type=int, default=279, help="of each of three modalities")
    options.add_argument("--cache", type=Path, default=Path(".trust-scenarios"))
    options.add_argument(
        "--only", nargs="+", default=None, help="scenarios, 'coverage', 'runs', 'runs_coverage' or 'by_patient'"
    )
    options.add_argument("--most", type=int, default=None, help="stop after this many new cohorts")
    options.add_argument("--write", action="store_true", help="print the finished ones into the page and stop")
    chosen = options.parse_args()
    chosen.cache.mkdir(exist_ok=True)
    if not chosen.write:
        for number, (name, work) in enumerate(waiting(chosen)):
            if number == chosen.most:
                break
            found = work()
            (chosen.cache / f"{name}.json").write_text(json.dumps(found))
            print(name, json.dumps(found), flush=True)
    text = page(chosen)
    print(text)
    if chosen.write:
        write_block("trust_figures.md", "scenarios", text)


def rows(chosen: argparse.Namespace, seed: int) -> Iterator[tuple[str, Callable[[], Scores]]]:
    """Name and function of every row for one seed; a row is named `scenario N`."""
    for name, sizes in (SIZES | dict.fromkeys(NULLS, (60, 100, 300)) | dict.fromkeys(NOTHING, (300,))).items():
        for patients in sizes:
            yield f"{name} {patients}", partial(score, name, patients, seed, chosen.features)
    for patients in (60, 100, 300):
        yield f"coverage {patients}", partial(coverage, "planted_all", patients, seed, 60, COHORTS)
    yield "runs 100", partial(score, "runs", 100, seed, chosen.features)
    yield "runs_coverage 100", partial(coverage, "runs", 100, seed, 60, COHORTS, groups=True)
    yield "by_patient 300", partial(repeated_studies, 300, seed, 60)


def waiting(chosen: argparse.Namespace) -> Iterator[tuple[str, Callable[[], Scores]]]:
    """What is not in the cache, seed by seed."""
    for seed in range(chosen.seeds):
        for name, work in rows(chosen, seed):
            file = f"{name}-{seed}"
            if not (chosen.cache / f"{file}.json").exists() and (not chosen.only or name.split()[0] in chosen.only):
                yield file, work


def page(chosen: argparse.Namespace) -> str:
    """Everything in the cache as markdown."""
    found: Found = {}
    for path in sorted(chosen.cache.glob("*.json")):
        found.setdefault(path.stem.rpartition("-")[0], []).append(json.loads(path.read_text()))
    lines = [f"K = {3 * chosen.features}, d = 768, means over seeds. In brackets: version 1, five seeds.", ""]
    return "\n".join([*lines, *powers(found), "", *nulls(found), "", *others(found)]).rstrip()


def mean(scores: list[Scores], name: str) -> float:
    """The mean of one score; NaN where no cohort has it."""
    known = [one[name] for one in scores if one.get(name) is not None]
    return float(np.mean(known)) if known else float("nan")


def cell(row: str, scores: list[Scores], name: str) -> str:
    """A mean, with version 1's in brackets where it was measured."""
    old = VERSION_1.get(row, {}).get(name)
    found = mean(scores, name)
    return ("–" if np.isnan(found) else f"{found:.3f}") + ("" if old is None else f" ({old:.3f})")


def powers(found: Found) -> Iterator[str]:
    """What is found of planted changes."""
    names = ("group_power", "group_false_positives", "power", "false_positives", "auc", "shrunken_auc")
    yield "| scenario | N | seeds | group power | group FP | feature power | feature FP | AUC | AUC, shrunken effect |"
    yield "|---" * 9 + "|"
    for row, scores in ((f"{name} {n}", found.get(f"{name} {n}")) for name in SIZES for n in SIZES[name]):
        if scores and not row.startswith("label"):
            yield f"| {' | '.join([*row.split(), str(len(scores)), *(cell(row, scores, name) for name in names)])} |"


def nulls(found: Found) -> Iterator[str]:
    """What is flagged where nothing was planted."""
    yield "| nothing planted | N | seeds | features flagged | without `probable` | group FP |"
    yield "|---|---|---|---|---|---|"
    for row, scores in ((f"{name} {n}", found.get(f"{name} {n}")) for name in NULLS for n in (60, 100, 300)):
        if scores:
            names = ("false_positives", "sure_false_positives", "group_false_positives")
            yield f"| {' | '.join([*row.split(), str(len(scores)), *(cell(row, scores, name) for name in names)])} |"
    every = [one for name in NULLS for n in (60, 100, 300) for one in found.get(f"{name} {n}", [])]
    if every:
        names = ("false_positives", "sure_false_positives", "group_false_positives")
        yield f"| all of these | | {len(every)} | {' | '.join(f'{mean(every, name):.4f}' for name in names)} |"


def others(found: Found) -> Iterator[str]:
    """The remaining rows of the acceptance table, each as what was measured."""
    yield "| what | N | measured |"
    yield "|---|---|---|"
    for name in NOTHING:
        for scores in filter(None, [found.get(f"{name} 300")]):
            largest, flags = max(one["largest"] for one in scores), max(one["flagged"] for one in scores)
            yield f"| {name} | 300 | largest change {largest:.1e}, {flags} flags |"
    for scores in filter(None, [found.get("label_leakage 150")]):
        old = VERSION_1["label_leakage 150"]["leaky"]
        kept = mean(scores, "power_given_label") / mean(scores, "power_unadjusted")
        yield (
            f"| label leakage: leaky features flagged | 150 | {mean(scores, 'leaky_stronger'):.3f} without the label, "
            f"{mean(scores, 'leaky_given_label'):.3f} given the label (version 1: {old:.3f}) |"
        )
        yield (
            f"| label leakage: groups named `label_borne` | 150 | {mean(scores, 'leaky_groups_named'):.1f} of 2 leaky, "
            f"{mean(scores, 'other_groups_named'):.1f} others |"
        )
        yield f"| label leakage: power for truly gained features, given the label against without | 150 | {kept:.2f} |"
    for scores in filter(None, [found.get("runs_coverage 100")]):
        five, one = mean(scores, "coverage"), mean(scores, "coverage_one_run")
        yield f"| five runs: group intervals cover the mean over runs | 100 | {five:.3f}; from one run {one:.3f} |"
    for scores in filter(None, [found.get("runs 100")]):
        power, false = mean(scores, "group_power"), mean(scores, "group_false_positives")
        alone = [mean(scores, f"{name}_one_run") for name in ("group_power", "group_false_positives")]
        yield (
            f"| five runs: groups | 100 | power {power:.3f}, false positives {false:.3f}; from one run "
            f"{alone[0]:.3f} and {alone[1]:.3f} |"
        )
    for n in (60, 100, 300):
        for scores in filter(None, [found.get(f"coverage {n}")]):
            yield f"| feature intervals cover the expected effect | {n} | {mean(scores, 'coverage'):.3f} |"
    for scores in filter(None, [found.get("by_patient 300")]):
        r2 = f"{mean(scores, 'by_patient'):.3f} by patient, {mean(scores, 'by_study'):.3f} by study"
        yield f"| four of five patients with two studies: R² | 300 | {r2} |"


if __name__ == "__main__":
    main()
