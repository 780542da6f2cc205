"""Grey-level discretisation with PyRadiomics' arithmetic, because values on a bin edge are common."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import BLOCK, TABLES, call
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.sparse_levels import SparseLevels

MOST_LEVELS = 4096  # the co-occurrence table of so many levels takes 64 MB


class TooManyLevels(Exception):
    """Raised for more grey levels than the tables allow; PyRadiomics then computes the features."""


def limits_in(dtype: np.dtype[Any], limits: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Smallest and largest value in the image's own type, in which PyRadiomics makes the bins.

    Whole numbers become float64: in their own type, 250 + 2 * 25 of an 8-bit image would wrap around to 44.
    """
    kind = dtype.type if dtype.kind == "f" else np.float64
    return kind(limits[0]), kind(limits[1])


def bin_edges(low: Any, high: Any, bin_count: int | None, bin_width: float) -> npt.NDArray[np.float64]:
    """Edges of half-open bins between the smallest and largest value, `binCount` bins or a width from a multiple of it.

    The arithmetic is `radiomics.imageoperations.getBinEdges`'s, in the type of `low` and `high`. Raises TooManyLevels.
    """
    if bin_count is not None:
        first, last = (low, high) if low < high else (low - 0.5, high + 0.5)  # as numpy.histogram, without its checks
        edges = np.linspace(first, last, bin_count + 1, dtype=np.result_type(first, last))
        edges[-1] += 1
        return edges.astype(np.float64)
    start = low - (low % bin_width)
    if not (high - start) / bin_width < MOST_LEVELS:
        raise TooManyLevels(
            f"the fast engine counts up to {MOST_LEVELS} grey levels, and binWidth {bin_width:g} makes more here"
        )
    return np.arange(start, high + 2 * bin_width, bin_width)


class GreyLevels:
    """Grey levels of a region in one image, stored in `mask.levels` until the next image overwrites them.

    `counts` (ng + 1,) uint32 voxels of each level; `ng`: the largest level; `present`: how many levels occur.
    """

    def __init__(self, values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64], mask: MaskIndex) -> None:
        self.mask = mask
        parts = np.zeros((TABLES, edges.size + 2), dtype=np.uint32)
        digits = mask.scratch.empty("digits", mask.voxels + BLOCK, np.uint16)
        call(
            *("rl_digitise", values, mask.voxels, np.append(edges, np.inf), edges.size, 1.0 / (edges[1] - edges[0])),
            *(mask.spans, len(mask.spans), digits, mask.levels, parts),
        )
        counts = parts.sum(axis=0, dtype=np.uint32)
        occurring = np.flatnonzero(counts)
        self.present, self.ng = occurring.size, int(occurring[-1])
        self.counts = counts[: self.ng + 1].copy()

    @cached_property
    def sparse(self) -> SparseLevels:
        """The same levels as a list of those that occur; valid as long as these are."""
        return SparseLevels(self.mask.levels[self.mask.at].astype(np.int32), self.mask)
