"""Cross-validated R2 of each feature decoded from the embedding, before and after, with folds by patient."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.decoders.ridge import AnyFloat, Kernel, choose_penalty
from backend.science.types import FloatArray, IntArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold of one repeat: held-out rows, targets transformed by the training rows, and the shared penalty."""

    held_out: NDArray[np.bool_]  # (N,)
    targets: AnyFloat  # (N, K) rank-normal by the training rows
    penalty: float


@dataclass(frozen=True, slots=True)
class Decoding:
    """Result of the full run: R2 in float64, and what replicates need for refitting."""

    r2: FloatArray  # (2, K), mean over repeats
    decoded: NDArray[np.float32]  # (2, N, K) held-out predictions in normal scores, mean over repeats
    repeats: tuple[tuple[Fold, ...], ...]  # targets in float32: at N = 850, K = 2511 they take 128 MB


def decode(
    products: Sequence[FloatArray], ranks: Ranks, folds: IntArray, done: Callable[[int], None] | None = None
) -> Decoding:
    """Cross-validate both stages; both share one penalty per fold.

    products: Gram matrices (N, N) of pre and ft. ranks: of radiomics (N, K). folds: (repeats, N) fold numbers.
    R2 = 1 - sum e^2 / sum (r - training mean)^2 over all folds. `done` is called with the number of finished folds.
    """
    n, k = ranks.order.shape
    everyone = np.ones(n, dtype=np.int64)
    decoded = np.zeros((len(products), n, k), dtype=np.float32)
    r2, repeats = [], []
    finished = 0
    for row in folds:
        sums, kept = [], []
        for number in np.unique(row):
            fold = fit_fold(products, ranks, row == number)
            held_out = held_out_fit(products, fold, everyone)
            for stage, predicted in enumerate(held_out.predicted):
                decoded[stage, held_out.test] += (predicted / len(folds)).astype(np.float32)
            sums.append(held_out)
            kept.append(Fold(fold.held_out, fold.targets.astype(np.float32), fold.penalty))
            finished += 1
            if done:
                done(finished)
        r2.append(_r2(sums))
        repeats.append(tuple(kept))
    return Decoding(np.mean(r2, axis=0), decoded, tuple(repeats))


def fit_fold(products: Sequence[FloatArray], ranks: Ranks, held_out: NDArray[np.bool_]) -> Fold:
    """Fit a fold: the rank-normal transform of its training rows, and the chosen penalty."""
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    targets = ranks.normal_scores(~held_out)
    kernels = [Kernel.split(matrix, train, test) for matrix in products]
    return Fold(held_out, targets, choose_penalty(kernels, targets[train] - targets[train].mean(axis=0)))


@dataclass(frozen=True, slots=True)
class HeldOutFit:
    """Predictions of a fold for its held-out rows, and the sums of squares of R2."""

    test: IntArray  # (t,)
    predicted: tuple[AnyFloat, ...]  # (t, K) of each stage
    error: FloatArray  # (2, K)
    total: FloatArray  # (K,)


def held_out_fit(products: Sequence[AnyFloat], fold: Fold, count: Counts) -> HeldOutFit:
    """Fit on the fold's training rows and predict its held-out ones; `count` (N,) is how often each row occurs."""
    train, test = np.flatnonzero((count > 0) & ~fold.held_out), np.flatnonzero((count > 0) & fold.held_out)
    k = fold.targets.shape[1]
    if not len(train) or not len(test):
        empty = tuple(np.zeros((len(test), k)) for _ in products)
        return HeldOutFit(test, empty, np.zeros((len(products), k)), np.zeros(k))
    targets, kind = fold.targets[train], fold.targets.dtype
    mean = (count[train] / count[train].sum()).astype(kind) @ targets
    targets -= mean
    true, weight = fold.targets[test] - mean, count[test].astype(kind)
    error: FloatArray = np.empty((len(products), k))
    predicted = []
    for stage, matrix in enumerate(products):
        deviation = Kernel.split(matrix, train, test, count[train]).hat(fold.penalty) @ targets
        predicted.append(deviation + mean)
        error[stage] = weight @ np.square(true - deviation)
    return HeldOutFit(test, tuple(predicted), error, np.asarray(weight @ np.square(true), dtype=np.float64))


def replicate_r2(products: Sequence[AnyFloat], repeats: Sequence[Sequence[Fold]], count: Counts) -> FloatArray:
    """R2 (2, K) of a sample in which row i occurs count[i] times; a patient's copies stay in its fold."""
    r2 = [_r2([held_out_fit(products, fold, count) for fold in folds]) for folds in repeats]
    return np.asarray(np.mean(r2, axis=0))


def _r2(folds: Sequence[HeldOutFit]) -> FloatArray:
    error = np.sum([fold.error for fold in folds], axis=0)
    total = np.sum([fold.total for fold in folds], axis=0)
    return explained(error, total)


def explained(error: FloatArray, total: FloatArray) -> FloatArray:
    """R2 = 1 - error / total; 0 where the targets do not vary."""
    varies = total > 0
    return np.where(varies, 1.0 - error / np.where(varies, total, 1.0), 0.0)
