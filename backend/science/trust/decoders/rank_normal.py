"""Rank-normal transform: features are decoded as normal scores, so that heavy tails do not dominate R2."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from backend.science.types import FloatArray

IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Ranks:
    """Sorted order of every feature's values, from which ranks among any training rows are a cumulative count."""

    order: IntArray  # (N, K) rows by rising value
    first: IntArray  # (N, K) position, in that order, where the ties of an entry begin
    last: IntArray  # (N, K) position behind its ties

    @classmethod
    def of(cls, r: FloatArray) -> "Ranks":
        """Sort radiomics (N, K)."""
        n = len(r)
        order = np.argsort(r, axis=0, kind="stable")
        ordered = np.take_along_axis(r, order, axis=0)
        position = np.broadcast_to(np.arange(n)[:, None], r.shape)
        new = np.vstack([np.ones((1, r.shape[1]), dtype=bool), ordered[1:] != ordered[:-1]])
        first = np.maximum.accumulate(np.where(new, position, 0), axis=0)
        ends = np.vstack([new[1:], np.ones((1, r.shape[1]), dtype=bool)])
        last = np.minimum.accumulate(np.where(ends, position + 1, n)[::-1], axis=0)[::-1]
        return cls(*(array.astype(np.int32) for array in (order, first, last)))

    def of_rows(self, rows: NDArray[np.intp]) -> "Ranks":
        """The ranks of r[rows], for a permutation of the rows."""
        place = np.empty(len(rows), dtype=np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        return Ranks(place[self.order], self.first, self.last)

    def normal_scores(self, train: NDArray[np.bool_]) -> FloatArray:
        """Normal scores (N, K) by the mid-rank among training rows (N,); values beyond their range get its end.

        The transform is fitted on training rows only, so that a test row never shapes its own target.
        """
        m = int(train.sum())
        below = np.zeros((len(train) + 1, self.order.shape[1]), dtype=np.int32)
        np.cumsum(train[self.order], axis=0, out=below[1:])
        doubled = np.take_along_axis(below, self.first, axis=0) + np.take_along_axis(below, self.last, axis=0)
        scores = ndtri(np.clip(np.arange(2 * m + 1) / (2 * m), 0.5 / m, 1 - 0.5 / m))
        targets = np.empty(self.order.shape)
        np.put_along_axis(targets, self.order.astype(np.intp), scores[doubled], axis=0)
        return targets
