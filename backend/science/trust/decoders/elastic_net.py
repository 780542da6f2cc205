"""Elastic-net decoder of all features at once, in the first repeat of the folds: tests content on few axes.

For each feature: |y - X w|^2 / (2 n) + s (0.5 |w|_1 + 0.25 |w|^2), X standardised by training rows, y normal scores.
The strength s is a share of the smallest one at which all weights are zero, so all features and both
stages of a fold use one share, chosen on a fifth of its training patients. Unlike ridge, the elastic net depends on
the embedding's axes: a rotation changes it.
"""

from collections.abc import Callable, Sequence

import numpy as np

from backend.science.trust.decoders.cross_validated_ridge import explained
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.types import Float32Array, FloatArray, IntArray

L1_SHARE = 0.5
STRENGTHS = (0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05)
TUNED_ON = 150  # features used to choose the strength, evenly spaced
STEPS = 300
TOLERANCE = 1e-3


def elastic_net_r2(
    x: Sequence[FloatArray],
    ranks: Ranks,
    folds: IntArray,
    patients: Sequence[IntArray],
    done: Callable[[int], None] | None = None,
) -> FloatArray:
    """Cross-validated R2 (S, K) of every stage x (N, d); folds (N,) of one repeat, rows of each of the patients."""
    k = ranks.order.shape[1]
    numbers = np.unique(folds)
    error, total = np.zeros((len(x), k)), np.zeros(k)
    for finished, number in enumerate(numbers.tolist()):
        train, test = np.flatnonzero(folds != number), np.flatnonzero(folds == number)
        targets = ranks.normal_scores(folds != number)
        targets -= targets[train].mean(axis=0)
        inner = np.concatenate([rows for rows in patients if folds[rows[0]] != number][::5])
        share = _chosen([_standardised(one, np.setdiff1d(train, inner)) for one in x], targets, train, inner)
        for stage, one in enumerate(x):
            inputs = _standardised(one, train)
            weights = fit(inputs[train], targets[train].astype(np.float32), share)
            error[stage] += np.square(targets[test] - inputs[test] @ weights).sum(axis=0)
        total += np.square(targets[test]).sum(axis=0)
        if done:
            done(finished + 1)
    return explained(error, total)


def fit(x: Float32Array, y: Float32Array, share: float, start: Float32Array | None = None) -> Float32Array:
    """Weights (d, K) by accelerated proximal gradient (FISTA, Beck & Teboulle 2009); x (n, d) and y (n, K) centred."""
    n = len(x)
    strength = share * np.abs(x.T @ y).max(axis=0) / (n * L1_SHARE)
    steepest = float(np.linalg.norm(x, 2)) ** 2 / n + (1 - L1_SHARE) * float(strength.max())
    step = np.float32(1.0 / steepest) if steepest > 0 else np.float32(1.0)
    weights = np.zeros((x.shape[1], y.shape[1]), np.float32) if start is None else start
    ahead, pace = weights, 1.0
    for _ in range(STEPS):
        slope = x.T @ (x @ ahead - y) / n + (1 - L1_SHARE) * strength * ahead
        moved = ahead - step * slope
        following = np.sign(moved) * np.maximum(np.abs(moved) - step * L1_SHARE * strength, 0.0)
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace**2)) / 2.0
        change = following - weights
        ahead = (following + np.float32((pace - 1.0) / faster) * change).astype(np.float32)
        weights, pace = following.astype(np.float32), faster
        if np.abs(change).max() <= TOLERANCE * max(float(np.abs(weights).max()), 1e-6):
            break
    return weights


def _chosen(inputs: Sequence[Float32Array], targets: FloatArray, train: IntArray, inner: IntArray) -> float:
    """Share with the least squared error on the inner held-out rows, over stages; stops when the error rises."""
    fitted_on = np.setdiff1d(train, inner)
    some = targets[:, :: max(1, targets.shape[1] // TUNED_ON)].astype(np.float32)
    starts: list[Float32Array | None] = [None] * len(inputs)
    best, least = STRENGTHS[0], np.inf
    for share in STRENGTHS:
        error = 0.0
        for stage, x in enumerate(inputs):
            weights = fit(x[fitted_on], some[fitted_on] - some[fitted_on].mean(axis=0), share, starts[stage])
            starts[stage] = weights
            error += float(np.square(some[inner] - x[inner] @ weights).sum())
        if error >= least:
            break
        best, least = share, error
    return best


def _standardised(x: FloatArray, train: IntArray) -> Float32Array:
    """Columns with mean 0 and SD 1 over the training rows; a column that does not vary there is zero."""
    centred = x - x[train].mean(axis=0)
    spread = x[train].std(axis=0)
    live = spread > 1e-12 * np.maximum(1.0, np.abs(x).max(axis=0))
    return (np.where(live, centred, 0.0) / np.where(live, spread, 1.0)).astype(np.float32)
