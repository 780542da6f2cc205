"""Scores of the fine-tuning tasks. A score is None where the cases do not define it."""

import numpy as np
from numpy.typing import NDArray

Scores = dict[str, float | None]


def classification_scores(chances: NDArray[np.float64], truth: NDArray[np.int64]) -> Scores:
    """Accuracy, mean recall over the classes present, quadratic kappa, macro one-vs-rest AUC; chances (n, classes)."""
    predicted = chances.argmax(axis=1)
    recalls = [float((predicted[truth == label] == label).mean()) for label in np.unique(truth)]
    areas = [area_under_curve(chances[:, label], truth == label) for label in range(chances.shape[1])]
    known = [area for area in areas if area is not None]
    return {
        "accuracy": float((predicted == truth).mean()),
        "balanced_accuracy": float(np.mean(recalls)),
        "kappa": quadratic_kappa(predicted, truth, chances.shape[1]),
        "auc": float(np.mean(known)) if known else None,
    }


def area_under_curve(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve by ranks (Mann-Whitney), ties counted half; None with one class only."""
    count = int(positive.sum())
    others = len(positive) - count
    if count == 0 or others == 0:
        return None
    _, place, alike = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (alike.cumsum() - (alike - 1) / 2)[place]  # the mean rank of equal scores
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def quadratic_kappa(predicted: NDArray[np.int64], truth: NDArray[np.int64], classes: int) -> float | None:
    """Cohen's kappa with quadratic weights; None where both are one and the same single class."""
    table = np.zeros((classes, classes))
    np.add.at(table, (truth, predicted), 1.0)
    weights = np.subtract.outer(np.arange(classes), np.arange(classes)) ** 2.0
    by_chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    expected = float((weights * by_chance).sum())
    return None if expected == 0.0 else 1.0 - float((weights * table).sum()) / expected


def confusion(chances: NDArray[np.float64], truth: NDArray[np.int64]) -> list[list[int]]:
    """Confusion matrix: cases by true class (rows) and predicted class (columns)."""
    table = np.zeros((chances.shape[1], chances.shape[1]), dtype=int)
    np.add.at(table, (truth, chances.argmax(axis=1)), 1)
    counts: list[list[int]] = table.tolist()
    return counts


def lesion_scores(outcomes: NDArray[np.float64]) -> Scores:
    """Lesion scores of outcomes (n, 4): voxels in both masks, predicted, true, and Hausdorff 95 in mm or NaN.

    Dice = 2 both / (predicted + true): `dice` is its mean over cases with a lesion, `dice_pooled` that of all voxels
    together. Cases without lesion have no Dice: `clear_share` is the share of them in which nothing was predicted.
    `hausdorff95_mm` is a mean over the cases where both masks have voxels. `missed_cases` have a lesion and no
    predicted voxel: they count in Dice (0) but not in `hausdorff95_mm`.
    """
    both, predicted, true, distance = outcomes.T
    lesion = true > 0
    total = float(predicted.sum() + true.sum())
    measured = distance[np.isfinite(distance)]
    return {
        "dice": float((2 * both[lesion] / (predicted[lesion] + true[lesion])).mean()) if lesion.any() else None,
        "dice_pooled": 2.0 * float(both.sum()) / total if total else None,
        "hausdorff95_mm": float(measured.mean()) if len(measured) else None,
        "clear_share": float((predicted[~lesion] == 0).mean()) if (~lesion).any() else None,
        "lesion_cases": float(lesion.sum()),
        "lesion_free_cases": float((~lesion).sum()),
        "missed_cases": float((lesion & (predicted == 0)).sum()),
    }


def regression_scores(predicted: NDArray[np.float64], truth: NDArray[np.float64], train_mean: float) -> Scores:
    """R2 = 1 - sum of squared errors / sum of squares about the training mean, and the mean absolute error."""
    spread = float(np.square(truth - train_mean).sum())
    error = predicted - truth
    return {
        "r2": 1.0 - float(np.square(error).sum()) / spread if spread else None,
        "mae": float(np.abs(error).mean()),
    }
