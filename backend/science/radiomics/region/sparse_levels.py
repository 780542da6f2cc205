"""Grey levels of a region without a table of all levels, for many of them and for settings that few people use."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import SLACK, call
from backend.science.radiomics.region.mask_index import MaskIndex

LARGEST_LEVEL = 2**31 - 2  # a level is an int32 here as in PyRadiomics
Whole = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]


class SparseLevels:
    """Grey levels of a region's voxels: only those that occur are listed.

    `of_voxels` (n,) int32 in raster order; `occurring` (k,) the levels that occur, ascending, `counts` (k,) their
    voxels and `rank` (n,) which of them a voxel has; `ng`: the largest level; `present`: k.
    """

    def __init__(self, of_voxels: npt.NDArray[np.int32], mask: MaskIndex) -> None:
        self.of_voxels, self.mask = of_voxels, mask
        self.occurring, self.counts, self.rank = grouped(of_voxels)
        self.present, self.ng = self.occurring.size, int(self.occurring[-1])

    @cached_property
    def volume(self) -> npt.NDArray[np.int32]:
        """The levels in the padded box, int32, 0 outside the region."""
        volume = np.zeros(int(np.prod(self.mask.shape)) + SLACK, dtype=np.int32)
        volume[self.mask.at] = self.of_voxels
        return volume

    def around(self, steps: Whole, alpha: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Whole]:
        """Of each voxel (n,): neighbours at `steps` in the region, those within alpha of it, the sum of levels."""
        n = self.mask.voxels
        count, alike, total = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int64)
        offset, spans = self.mask.offset_of(steps), self.mask.spans
        call("rl_around", self.volume, spans, len(spans), offset, len(offset), alpha, count, alike, total)
        return count, alike, total


def grouped(values: npt.NDArray[Any], weights: Sums | None = None) -> tuple[Whole, Sums, npt.NDArray[np.intp]]:
    """The distinct values >= 0, ascending, the sum of the weights (1) of each, and which of them each value is."""
    if values.size and int(values.max()) <= 8 * values.size + 4096:
        sums = np.bincount(values, weights)
        occurs = sums > 0 if weights is None else np.bincount(values) > 0
        number = np.cumsum(occurs) - 1
        return np.flatnonzero(occurs), sums[occurs].astype(np.float64), number[values]
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.bincount(place, weights, minlength=distinct.size).astype(np.float64), place
