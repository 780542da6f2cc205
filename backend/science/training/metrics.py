"""Scores of the fine-tuning tasks. A score is None where the cases do not define it."""

import numpy as np
from numpy.typing import NDArray

Scores = dict[str, float | None]


def classification_scores(chances: NDArray[np.float64], truth: NDArray[np.int64], *, ordered: bool) -> Scores:
    """Accuracy, mean recall over the classes present, macro one-vs-rest AUC; chances (n, classes).

    Where the classes are ordered, also quadratic kappa.
    """
    predicted = chances.argmax(axis=1)
    areas = [area_under_curve(chances[:, label], truth == label) for label in range(chances.shape[1])]
    known = [area for area in areas if area is not None]
    return {
        **hit_scores(predicted, truth),
        **({"kappa": quadratic_kappa(predicted, truth, chances.shape[1])} if ordered else {}),
        "auc": float(np.mean(known)) if known else None,
    }


def hit_scores(predicted: NDArray[np.int64], truth: NDArray[np.int64]) -> Scores:
    """Accuracy, and mean recall over the classes present."""
    recalls = [float((predicted[truth == label] == label).mean()) for label in np.unique(truth)]
    return {"accuracy": float((predicted == truth).mean()), "balanced_accuracy": float(np.mean(recalls))}


def grade_scores(above: NDArray[np.float64], truth: NDArray[np.int64]) -> Scores:
    """Scores of chances (n, grades - 1) of lying above each grade but the last.

    The grade given is the median: how many of the chances are above one half. `kappa` is quadratic, `mae` in grades,
    `auc` the mean over the cuts between grades, each of those above it against the others.
    """
    predicted = (above > 0.5).sum(axis=1)
    areas = [area_under_curve(above[:, cut], truth > cut) for cut in range(above.shape[1])]
    known = [area for area in areas if area is not None]
    return {
        **hit_scores(predicted, truth),
        "kappa": quadratic_kappa(predicted, truth, above.shape[1] + 1),
        "mae": float(np.abs(predicted - truth).mean()),
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


def confusion(predicted: NDArray[np.int64], truth: NDArray[np.int64], classes: int) -> list[list[int]]:
    """Confusion matrix: cases by true class (rows) and predicted class (columns)."""
    table = np.zeros((classes, classes), dtype=int)
    np.add.at(table, (truth, predicted), 1)
    counts: list[list[int]] = table.tolist()
    return counts


def mask_scores(outcomes: NDArray[np.float64], region: str) -> Scores:
    """Scores of masks from outcomes (n, 4): voxels in both masks, predicted, true, and Hausdorff 95 in mm or NaN.

    Dice = 2 both / (predicted + true): `dice` is its mean over cases with the region, `dice_pooled` that of all voxels
    together. Cases without it have no Dice: `clear_share` is the share of them in which nothing was predicted.
    `hausdorff95_mm` is a mean over the cases where both masks have voxels. `missed_cases` have the region and no
    predicted voxel: they count in Dice (0) but not in `hausdorff95_mm`.
    """
    both, predicted, true, distance = outcomes.T
    there = true > 0
    total = float(predicted.sum() + true.sum())
    measured = distance[np.isfinite(distance)]
    return {
        "dice": float((2 * both[there] / (predicted[there] + true[there])).mean()) if there.any() else None,
        "dice_pooled": 2.0 * float(both.sum()) / total if total else None,
        "hausdorff95_mm": float(measured.mean()) if len(measured) else None,
        "clear_share": float((predicted[~there] == 0).mean()) if (~there).any() else None,
        f"{region}_cases": float(there.sum()),
        f"{region}_free_cases": float((~there).sum()),
        "missed_cases": float((there & (predicted == 0)).sum()),
    }


def regression_scores(predicted: NDArray[np.float64], truth: NDArray[np.float64], train_mean: float) -> Scores:
    """R2 = 1 - sum of squared errors / sum of squares about the training mean, and the mean absolute error."""
    spread = float(np.square(truth - train_mean).sum())
    error = predicted - truth
    return {
        "r2": 1.0 - float(np.square(error).sum()) / spread if spread else None,
        "mae": float(np.abs(error).mean()),
    }
