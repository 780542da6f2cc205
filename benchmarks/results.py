"""`python -m benchmarks.results`: gain of fine-tuning on the two synthetic cohorts, for docs/results.md.

Draws the cohorts, pre-trains, trains three heads on three encoders each, scores held-out patients. All parts are kept
in --work: an interrupted run continues, and another run only writes the page. One thread; `--only` takes
one cohort.
"""

import argparse
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from backend.science.tables.split import TEST
from backend.science.training.metric_intervals import DRAWS, patient_intervals
from backend.science.training.metrics import Scores
from benchmarks.page import write_block
from benchmarks.result_bounds import bounds
from benchmarks.result_cohorts import SIZE_ZYX, SPACING_ZYX, Cohort, drawn
from benchmarks.result_runs import (
    FROZEN_EPOCHS,
    FROZEN_LR,
    KINDS,
    PRETRAIN,
    TASKS,
    Outcome,
    pretrained,
    recipe,
    scorer,
    trained,
)

COHORTS = {"anatomy": 120, "small": 40}
MEASURES = {"pirads": ("auc", "kappa"), "lesion_seg": ("dice", "clear_share"), "volume": ("r2", "mae")}
WORDS = {
    "auc": "macro AUC", "kappa": "quadratic kappa", "dice": "Dice, cases with lesion",
    "clear_share": "share of lesion-free cases left clear", "r2": "R²", "mae": "MAE (mL)",
}  # fmt: skip
HEADINGS = {"pirads": "PI-RADS (<3, 3, 4, 5)", "lesion_seg": "Lesion segmentation", "volume": "Gland volume"}


def main() -> None:
    """Run what is missing and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=Path, default=Path("results-work"), help="where finished parts are kept")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", choices=COHORTS, help="one cohort; its block of the page alone is written")
    options.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), help="with --no-page: some tasks")
    options.add_argument("--no-page", action="store_true")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    chosen.work.mkdir(parents=True, exist_ok=True)
    for name in [chosen.only] if chosen.only else list(COHORTS):
        start = time.process_time()
        cohort = drawn(chosen.work, name, COHORTS[name], chosen.seed, say)
        say(f"{name}: N = {len(cohort.patients)}, seed {chosen.seed}: {cohort.counts()}")
        state, history = pretrained(chosen.work, cohort, say)
        found = {
            (task, kind): trained(chosen.work, cohort, task, kind, state, say)
            for task in TASKS
            if task in chosen.tasks
            for kind in KINDS
        }
        lines = [*report(cohort, history, found, chosen.tasks)]
        print("\n".join(lines), flush=True)
        say(f"{name}: {time.process_time() - start:.0f} s of CPU in this run")
        if not chosen.no_page:
            write(name, lines)


def say(line: str) -> None:
    """Print a line without buffering."""
    print(line, flush=True)


def report(
    cohort: Cohort, history: list[dict[str, float]], found: dict[tuple[str, str], Outcome], tasks: list[str]
) -> Iterator[str]:
    """The cohort's block of the page."""
    first, last = history[0]["train_loss"], history[-1]["train_loss"]
    yield f"{cohort.counts()}; seed {cohort.seed}; {platform.machine()}, one thread."
    yield ""
    yield f"Pre-training loss {first:.3f} in epoch 1, {last:.3f} in epoch {len(history)}."
    for task in (task for task in TASKS if task in tasks):
        yield ""
        yield f"**{HEADINGS[task]}**"
        yield ""
        yield f"| on {len(cohort.rows(TEST))} test studies | {' | '.join(WORDS[m] for m in MEASURES[task])} |"
        yield "|---" * (1 + len(MEASURES[task])) + "|"
        for kind in KINDS:
            outcome = found[task, kind]
            yield f"| {kind} (epoch {outcome.kept_epoch}) | {' | '.join(cells(cohort, outcome))} |"
        for words, values in bounds(cohort, task).items():
            yield f"| *{words}* | {' | '.join(values.get(measure, '–') for measure in MEASURES[task])} |"
        yield ""
        yield difference(cohort, found[task, "fine-tuned"], found[task, "frozen"])


def cells(cohort: Cohort, outcome: Outcome) -> list[str]:
    """Every score of a task with its interval."""
    score = scorer(cohort, outcome, "test")
    whole, drawn_again = score(everybody(cohort)), patient_intervals(score, patients(cohort), cohort.seed)
    return [cell(whole[measure], drawn_again[measure]) for measure in MEASURES[outcome.task]]


def cell(value: float | None, interval: tuple[float, float] | None) -> str:
    """`0.71 (0.55 to 0.83)`."""
    if value is None:
        return "not defined"
    return f"{value:.2f}" + (" (no interval)" if interval is None else f" ({interval[0]:.2f} to {interval[1]:.2f})")


def difference(cohort: Cohort, tuned: Outcome, frozen: Outcome) -> str:
    """The first measure of the task: fine-tuned minus frozen, on the same drawn patients."""
    measure = MEASURES[tuned.task][0]
    of_tuned, of_frozen = (scorer(cohort, outcome, "test") for outcome in (tuned, frozen))

    def gain(rows: NDArray[np.int64]) -> Scores:
        after, before = of_tuned(rows)[measure], of_frozen(rows)[measure]
        return {measure: None if after is None or before is None else after - before}

    interval = patient_intervals(gain, patients(cohort), cohort.seed)[measure]
    shown = cell(gain(everybody(cohort))[measure], interval)
    return f"Fine-tuned minus frozen, {WORDS[measure]}, same patients: {shown}."


def everybody(cohort: Cohort) -> NDArray[np.int64]:
    """Positions of all test studies among themselves."""
    return np.arange(len(cohort.rows(TEST)))


def patients(cohort: Cohort) -> list[str]:
    """The patient of each test study."""
    return [str(patient) for patient in cohort.patients[cohort.rows(TEST)]]


def settings_words() -> str:
    """Settings, in one paragraph."""
    size, mm = (" x ".join(f"{n:g}" for n in part) for part in (SIZE_ZYX, SPACING_ZYX))
    tuned = "; ".join(
        f"{task} {used.epochs} epochs, batch {used.batch}, lr {used.lr:g}"
        for task, used in ((task, recipe(task, "fine-tuned")) for task in TASKS)
    )
    heads = ", ".join(f"{task} {FROZEN_EPOCHS[task]}" for task in TASKS)
    return (
        f"{PRETRAIN.arch} on {size} voxels of {mm} mm (z, y, x). Pre-training: {PRETRAIN.epochs} epochs on the images "
        f"of training and validation patients. Fine-tuning: {tuned}; AdamW, cosine, augmented. Heads "
        f"on a frozen or untrained encoder: epochs {heads}; lr {FROZEN_LR:g}. The epoch is chosen by validation loss. "
        f"Intervals: 95 %, {DRAWS} bootstraps of test patients."
    )


def write(name: str, lines: list[str]) -> None:
    """Replace the cohort's block of the page, and the paragraph of settings."""
    write_block("results.md", name, "\n".join(lines))
    write_block("results.md", "settings", settings_words())


if __name__ == "__main__":
    main()
