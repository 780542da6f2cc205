"""Reference scores: chance, and predictions from quantities that are known exactly."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from backend.science.tables.split import TEST, TRAIN
from backend.science.training.metric_intervals import patient_intervals
from backend.science.training.metrics import Scores, classification_scores, regression_scores
from benchmarks.result_cohorts import Cohort
from benchmarks.targets import TARGETS

PENALTY = 0.1
"""Ridge penalty in units of the Gram matrix' mean eigenvalue; not tuned."""
LEVELS = (1, 5, 25, 50, 75, 95, 99)


def bounds(cohort: Cohort, task: str) -> dict[str, dict[str, str]]:
    """Rows of the table by their name: measure -> cell."""
    if task == "lesion_seg":
        share = cohort.lesions[cohort.rows(TEST)].mean(axis=(1, 2, 3))
        share = share[share > 0]
        return {
            "chance: everything marked": {
                "dice": f"{float((2 * share / (1 + share)).mean()):.2f}",
                "clear_share": "0.00",
            }
        }
    truth, score = pirads(cohort) if task == "pirads" else volume(cohort)
    rows = {name: ridge(values, truth, cohort) for name, values in known(cohort, task).items()}
    chance = {"auc": "0.50", "kappa": "0.00"} if task == "pirads" else mean_of_training(cohort)
    return {"chance": chance} | {name: worded(score, values, cohort) for name, values in rows.items()}


def known(cohort: Cohort, task: str) -> dict[str, NDArray[np.float64]]:
    """Predictors (N, p): true lesion and gland, which no encoder gets, and percentiles of the images."""
    found = {}
    if task == "pirads":
        lesion = np.log(cohort.lesion_ml + 0.05)
        found["ridge on the true lesion and gland volume"] = np.c_[
            lesion, cohort.lesion_ml > 0, np.log(cohort.gland_ml)
        ]
    shown = cohort.inputs if task == "pirads" else cohort.inputs[:, :1]
    flat = shown.reshape(len(shown), shown.shape[1], -1)
    percentiles = np.percentile(flat, LEVELS, axis=2).transpose(1, 2, 0).reshape(len(shown), -1)
    return found | {"ridge on percentiles of the images": percentiles.astype(np.float64)}


def ridge(x: NDArray[np.float64], y: NDArray[np.float64], cohort: Cohort) -> NDArray[np.float64]:
    """Predictions for the test studies, (n, k), from the training studies; x standardised by those."""
    train, test = cohort.rows(TRAIN), cohort.rows(TEST)
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0) + 1e-9
    fitted, asked = ((x[rows] - mean) / deviation for rows in (train, test))
    gram, centre = fitted @ fitted.T, y[train].mean(axis=0)
    penalty = PENALTY * np.trace(gram) / len(gram) * np.eye(len(gram))
    predicted: NDArray[np.float64] = asked @ fitted.T @ np.linalg.solve(gram + penalty, y[train] - centre) + centre
    return predicted


Score = Callable[[NDArray[np.float64], NDArray[np.int64]], Scores]


def pirads(cohort: Cohort) -> tuple[NDArray[np.float64], Score]:
    """One indicator a class, and the scores of predictions for some test studies."""
    labels = cohort.pirads[cohort.rows(TEST)]

    def score(found: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        return classification_scores(found[rows], labels[rows], ordered=True)

    return np.eye(len(TARGETS["pirads"].classes))[cohort.pirads], score


def volume(cohort: Cohort) -> tuple[NDArray[np.float64], Score]:
    """Volumes in mL (N, 1), and the scores of predictions for some test studies."""
    truth, mean = cohort.gland_ml[cohort.rows(TEST)], float(cohort.gland_ml[cohort.rows(TRAIN)].mean())
    return cohort.gland_ml[:, None], lambda found, rows: regression_scores(found[rows, 0], truth[rows], mean)


def mean_of_training(cohort: Cohort) -> dict[str, str]:
    """Scores of predicting the training patients' mean."""
    truth, mean = cohort.gland_ml[cohort.rows(TEST)], cohort.gland_ml[cohort.rows(TRAIN)].mean()
    return {"r2": "0.00", "mae": f"{float(np.abs(truth - mean).mean()):.2f}"}


def worded(score: Score, found: NDArray[np.float64], cohort: Cohort) -> dict[str, str]:
    """Every score with its interval."""
    people = [str(patient) for patient in cohort.patients[cohort.rows(TEST)]]
    intervals = patient_intervals(lambda rows: score(found, rows), people, cohort.seed)
    cells = {}
    for name, value in score(found, np.arange(len(people))).items():
        interval = intervals[name]
        between = "" if interval is None else f" ({interval[0]:.2f} to {interval[1]:.2f})"
        cells[name] = "not defined" if value is None else f"{value:.2f}{between}"
    return cells
