"""Grey-level discretisation with PyRadiomics' arithmetic, because values on a bin edge are common."""

import math
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import BLOCK, TABLES, call
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.sparse_levels import SparseLevels, Whole

MOST_LEVELS = 4096  # the co-occurrence table of so many levels takes 64 MB; of more, those that occur are listed
LARGEST_LEVEL = 2**53
Values = npt.NDArray[np.float64]


class TooManyLevels(Exception):
    """Raised for more grey levels than a table holds; the message is the reason, without a full stop."""


class NoBins(Exception):
    """Raised where numbers of the image's type cannot make the bins; the message is the reason, without a full stop."""


def limits_in(dtype: np.dtype[Any], limits: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Smallest and largest value in the image's own type, in which PyRadiomics makes the bins.

    Whole numbers become float64: in their own type, 250 + 2 * 25 of an 8-bit image would wrap around to 44.
    """
    kind = dtype.type if dtype.kind == "f" else np.float64
    return kind(limits[0]), kind(limits[1])


def bin_edges(low: Any, high: Any, bin_count: int | None, bin_width: float) -> Values:
    """Edges of half-open bins between the smallest and largest value, `binCount` bins or a width from a multiple of it.

    The arithmetic is `radiomics.imageoperations.getBinEdges`'s, in the type of `low` and `high`. Raises TooManyLevels,
    also where the width is nothing beside the values, and NoBins.
    """
    if bin_count is not None:
        if bin_count > MOST_LEVELS:
            raise TooManyLevels(f"tables hold up to {MOST_LEVELS} grey levels, and binCount is {bin_count}")
        return _edges_of_count(low, high, bin_count)
    start, stop = _ends(low, high, bin_width)
    if not (high - start) / bin_width < MOST_LEVELS or start + bin_width == start:
        raise TooManyLevels(f"tables hold up to {MOST_LEVELS} grey levels, and binWidth {bin_width:g} makes more here")
    return np.arange(start, stop, bin_width)


def grey_levels(
    values: Values, low: Any, high: Any, bin_count: int | None, bin_width: float, mask: MaskIndex
) -> "GreyLevels | SparseLevels":
    """Grey levels of the `values` (n,) of a region between `low` and `high`; listed where there are many.

    Raises NoBins where numbers do not tell two of them apart.
    """
    try:
        return GreyLevels(values, bin_edges(low, high, bin_count, bin_width), mask)
    except TooManyLevels:
        if bin_count is None:
            return SparseLevels(_levels_of_width(values, low, high, bin_width), mask)
    levels = np.searchsorted(_edges_of_count(low, high, bin_count), values, side="right")
    return SparseLevels(levels.astype(np.int64), mask)


def _edges_of_count(low: Any, high: Any, bin_count: int) -> Values:
    first, last = (low, high) if low < high else (low - 0.5, high + 0.5)  # as numpy.histogram, without its checks
    dtype = np.result_type(first, last)
    with np.errstate(over="ignore", invalid="ignore"):  # a range beyond the type's largest number
        edges = np.linspace(first, last, bin_count + 1, dtype=dtype)
    if not (edges[:-1] < edges[1:]).all():  # numpy.histogram refuses them, too
        raise NoBins(f"binCount {bin_count} makes bins here that {dtype} does not tell apart")
    edges[-1] += 1
    return edges.astype(np.float64)


def _levels_of_width(values: Values, low: Any, high: Any, bin_width: float) -> Whole:
    """The levels between edges as numpy.arange makes them, without a list of the edges."""
    start, stop = _ends(low, high, bin_width)
    with np.errstate(over="ignore"):
        count = float((stop - start) / bin_width)
    if not count <= LARGEST_LEVEL:
        raise NoBins(f"binWidth {bin_width:g} makes more grey levels here than float64 can number")
    edges = math.ceil(count)
    first, step = float(start), float(start + bin_width) - float(start)
    if step == 0:  # in the image's type the width is nothing beside its values
        return np.full(values.size, edges)
    k = np.floor((values - first) / step)
    while (late := first + k * step > values).any():
        k -= late
    while (early := first + (k + 1) * step <= values).any():
        k += early
    levels: Whole = np.minimum(k + 1, edges).astype(np.int64)
    return levels


def _ends(low: Any, high: Any, bin_width: float) -> tuple[Any, Any]:
    """The first edge, a multiple of the width, and the stop of numpy.arange. Raises NoBins."""
    with np.errstate(over="ignore", invalid="ignore"):
        start, stop = low - (low % bin_width), high + 2 * bin_width
    if not (np.isfinite(start) and np.isfinite(stop) and stop > start):
        raise NoBins(
            f"binWidth {bin_width:g} makes no bins of values from {low:g} to {high:g} in {np.asarray(low).dtype}"
        )
    return start, stop


class GreyLevels:
    """Grey levels of a region in one image, stored in `mask.levels` until the next image overwrites them.

    `counts` (ng + 1,) uint32 voxels of each level; `ng`: the largest level; `present`: how many levels occur.
    """

    def __init__(self, values: Values, edges: Values, mask: MaskIndex) -> None:
        self.mask = mask
        parts = np.zeros((TABLES, edges.size + 2), dtype=np.uint32)
        digits = mask.scratch.empty("digits", mask.voxels + BLOCK, np.uint16)
        width = float(edges[1] - edges[0])
        call(
            *("rl_digitise", values, mask.voxels, np.append(edges, np.inf), edges.size, 1.0 / width),
            *(mask.spans, len(mask.spans), digits, mask.levels, parts),
        )
        counts = parts.sum(axis=0, dtype=np.uint32)
        occurring = np.flatnonzero(counts)
        self.present, self.ng = occurring.size, int(occurring[-1])
        self.counts = counts[: self.ng + 1].copy()

    @cached_property
    def sparse(self) -> SparseLevels:
        """The same levels as a list of those that occur; valid as long as these are."""
        return SparseLevels(self.mask.levels[self.mask.at].astype(np.int64), self.mask, in_mask=True)
