"""Grey levels of a region without a table of all levels, for many of them and for settings that few people use."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import SLACK, call
from backend.science.radiomics.region.mask_index import MaskIndex

LARGEST_INT = 2**31 - 1
Whole = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]


class SparseLevels:
    """Grey levels of a region's voxels: only those that occur are listed.

    `of_voxels` (n,) in raster order; `occurring` (k,) the levels that occur, ascending, `counts` (k,) their voxels
    and `rank` (n,) which of them a voxel has; `ng`: the largest level; `present`: k. `in_mask`: `mask.levels` holds
    them, too.
    """

    def __init__(self, of_voxels: Whole, mask: MaskIndex, in_mask: bool = False) -> None:
        self.of_voxels, self.mask, self.in_mask = of_voxels, mask, in_mask
        self.occurring, self.counts, self.rank = grouped(of_voxels)
        self.present, self.ng = self.occurring.size, int(self.occurring[-1])

    @cached_property
    def numbers(self) -> npt.NDArray[np.int32]:
        """1 + the number of its level among those that occur, in the padded box, 0 outside the region."""
        return self._volume(self.rank + 1, np.int32)

    def around(self, steps: Whole, alpha: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Whole]:
        """Of each voxel (n,): neighbours at `steps` in the region, those within alpha of it, the sum of levels."""
        n, offset = self.mask.voxels, self.mask.offset_of(steps)
        count, alike, total = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int64)
        if self.ng <= LARGEST_INT:
            levels, spans = self._volume(self.of_voxels, np.int32), self.mask.spans
            call("rl_around", levels, spans, len(spans), offset, len(offset), alpha, count, alike, total)
            return count, alike, total
        levels = self._volume(self.of_voxels, np.int64)
        for step in offset:
            there = levels[self.mask.at + step]
            count += there > 0
            alike += (there > 0) & (np.abs(there - self.of_voxels) <= alpha)
            total += there
        return count, alike, total

    def _volume(self, values: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        volume = np.zeros(int(np.prod(self.mask.shape)) + SLACK, dtype=dtype)
        volume[self.mask.at] = values
        return volume


def grouped(values: npt.NDArray[Any], weights: Sums | None = None) -> tuple[Whole, Sums, npt.NDArray[np.intp]]:
    """The distinct values >= 0, ascending, the sum of the weights (1) of each, and which of them each value is."""
    if values.size and int(values.max()) <= 8 * values.size + 4096:
        sums = np.bincount(values, weights)
        occurs = sums > 0 if weights is None else np.bincount(values) > 0
        number = np.cumsum(occurs) - 1
        return np.flatnonzero(occurs), sums[occurs].astype(np.float64), number[values]
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.bincount(place, weights, minlength=distinct.size).astype(np.float64), place
