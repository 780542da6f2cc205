"""Two-dimensional maps of two embeddings of the same studies, and the neighbours each study keeps.

Numpy only: the server computes the maps of older analyses on request. Distances are looked at in blocks of rows, so
that memory grows with the studies and not with their square.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.types import FloatArray

NEIGHBOURS = 10
ROWS_AT_ONCE = 256
SMALLEST_SHARE = 5
"""At most a fifth of the other patients' studies count as neighbours."""


@dataclass(frozen=True, slots=True)
class EmbeddingMap:
    """Positions of N studies before and after fine-tuning, and their neighbours in the full space.

    `pre`, `ft` (N, 2): the first two principal components of the centred embedding, divided by the root mean square
    distance of a study from the middle (scale-free); ft is turned or mirrored in its plane to lie as close to pre as
    possible. `shown_pre`, `shown_ft`: share of the variance the two components hold. `kept` (N,): how many of a study's
    `neighbours` nearest studies of other patients are the same before and after; `near_pre`, `near_ft` (N, neighbours)
    are their rows, nearest first. `by_chance`: what unrelated
    embeddings would keep on average.
    """

    pre: FloatArray
    ft: FloatArray
    shown_pre: float
    shown_ft: float
    kept: NDArray[np.int64]
    near_pre: NDArray[np.int64]
    near_ft: NDArray[np.int64]
    neighbours: int
    by_chance: float


def embedding_map(x_pre: FloatArray, x_ft: FloatArray, patients: list[str]) -> EmbeddingMap:
    """Compute the maps of two embeddings (N, d_pre) and (N, d_ft), rows of the same studies; `patients` (N,) by row.

    Raises ValueError for fewer than 3 studies, or fewer than 2 patients.
    """
    if len(x_pre) < 3 or len(set(patients)) < 2:
        raise ValueError("A map needs at least 3 studies of 2 patients.")
    centred = [np.asarray(x, np.float64) - np.mean(x, axis=0, dtype=np.float64) for x in (x_pre, x_ft)]
    (pre, shown_pre), (ft, shown_ft) = (_plane(x) for x in centred)
    names = np.unique(patients, return_inverse=True)[1]
    others = len(names) - np.bincount(names)[names]  # (N,) studies of other patients
    neighbours = min(NEIGHBOURS, max(1, int(others.min()) // SMALLEST_SHARE))
    near_pre, near_ft = (_nearest(x, names, neighbours) for x in centred)
    return EmbeddingMap(
        pre=pre,
        ft=_turned(ft, pre),
        shown_pre=shown_pre,
        shown_ft=shown_ft,
        kept=(near_pre[:, :, None] == near_ft[:, None, :]).sum(axis=(1, 2)),
        near_pre=near_pre,
        near_ft=near_ft,
        neighbours=neighbours,
        by_chance=float(np.mean(neighbours**2 / others)),
    )


def _plane(x: FloatArray) -> tuple[FloatArray, float]:
    """Scores on the first two principal axes in units of the cloud's radius, and their share of the variance.

    From the Gram matrix of studies or that of dimensions, whichever is smaller; the same scores either way. An
    embedding that does not vary lies at zero.
    """
    wide = x.shape[0] <= x.shape[1]
    values, vectors = np.linalg.eigh(x @ x.T if wide else x.T @ x)
    total = float(values.clip(min=0).sum())
    if total <= 0:
        return np.zeros((len(x), 2)), 0.0
    first = values[:-3:-1].clip(min=0)
    axes = vectors[:, :-3:-1]
    scores = axes * np.sqrt(first) if wide else x @ axes
    if scores.shape[1] < 2:  # one dimension
        scores = np.column_stack([scores, np.zeros(len(x))])
    at = np.abs(scores).argmax(axis=0)
    scores = scores * np.where(scores[at, [0, 1]] < 0, -1.0, 1.0)  # eigenvectors come with either sign
    return scores / np.sqrt(total / len(x)), float(first.sum() / total)


def _turned(moving: FloatArray, fixed: FloatArray) -> FloatArray:
    """`moving` (N, 2) turned or mirrored to lie closest to `fixed`: axes and signs of a map mean nothing."""
    left, _, right = np.linalg.svd(moving.T @ fixed)
    turned: FloatArray = moving @ (left @ right)
    return turned


def _nearest(x: FloatArray, names: NDArray[np.intp], count: int) -> NDArray[np.int64]:
    """Row n holds the `count` rows nearest to n (Euclidean) of other `names`, nearest first; ties by row."""
    lengths = np.einsum("nd,nd->n", x, x)
    found = np.empty((len(x), count), dtype=np.int64)
    for start in range(0, len(x), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        distances = lengths[rows, None] + lengths[None, :] - 2.0 * (x[rows] @ x.T)
        distances[names[rows, None] == names[None, :]] = np.inf
        farthest = np.partition(distances, count - 1, axis=1)[:, count - 1]
        for n, (row, limit) in enumerate(zip(distances, farthest, strict=True), start):
            near = np.flatnonzero(row <= limit)
            found[n] = near[np.argsort(row[near], kind="stable")[:count]]
    return found
