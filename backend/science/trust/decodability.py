"""How well each feature can be read from the embedding, before and after: cross-validated R2 with folds by patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.rank_normal import rank_normal
from backend.science.trust.ridge import AnyFloat, IntArray, Kernel, choose_penalty

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fold:
    """One split of one repeat: which rows are held out, their targets' transform and the shared penalty."""

    held_out: NDArray[np.bool_]  # (N,)
    targets: AnyFloat  # (N, K) rank-normal by the training rows
    penalty: float


def fit_folds(products: Sequence[FloatArray], r: FloatArray, folds: IntArray) -> list[list[Fold]]:
    """Transforms and penalties of every fold of every repeat; one penalty serves both stages.

    products: the Gram matrices (N, N) of pre and ft. r: radiomics (N, K). folds: (repeats, N).
    """
    return [[_fit_fold(products, r, row == number) for number in np.unique(row)] for row in folds]


def _fit_fold(products: Sequence[FloatArray], r: FloatArray, held_out: NDArray[np.bool_]) -> Fold:
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    targets = rank_normal(r[train], r)
    kernels = [Kernel.split(matrix, train, test) for matrix in products]
    return Fold(held_out, targets, choose_penalty(kernels, targets[train] - targets[train].mean(axis=0)))


def cross_validated_r2(
    products: Sequence[AnyFloat], repeats: Sequence[Sequence[Fold]], rows: IntArray | None = None
) -> FloatArray:
    """(2, K) R2 = 1 - sum e^2 / sum (r - training mean)^2 over all folds, averaged over repeats.

    `rows` resamples studies with their folds (a bootstrap replicate): duplicates of a patient stay in its fold.
    """
    everyone = np.arange(len(products[0])) if rows is None else rows
    return np.mean([_repeat_r2(products, folds, everyone) for folds in repeats], axis=0)


def _repeat_r2(products: Sequence[AnyFloat], folds: Sequence[Fold], rows: IntArray) -> FloatArray:
    error: FloatArray = np.zeros((len(products), folds[0].targets.shape[1]))
    total = np.zeros(folds[0].targets.shape[1])
    for fold in folds:
        outside = fold.held_out[rows]
        train, test = rows[~outside], rows[outside]
        if not len(test) or not len(train):
            continue
        mean = fold.targets[train].mean(axis=0)
        fitted, true = fold.targets[train] - mean, fold.targets[test] - mean
        total += (true**2).sum(axis=0)
        for stage, matrix in enumerate(products):
            error[stage] += ((true - Kernel.split(matrix, train, test).hat(fold.penalty) @ fitted) ** 2).sum(axis=0)
    return 1.0 - error / np.where(total > 0, total, np.inf)
