"""Grey levels: PyRadiomics' bins, in its own arithmetic, because values on an edge are common."""

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.radiomics.mask_index import MaskIndex

MOST_LEVELS = 4096  # the co-occurrence table of so many levels takes 64 MB


class TooManyLevels(Exception):
    """More grey levels than the tables are made for; PyRadiomics has to be asked."""


def bin_edges(low: float, high: float, bin_count: int | None, bin_width: float) -> npt.NDArray[np.float64]:
    """Edges of half-open bins between the smallest and largest value, `binCount` bins or a width from a multiple of it.

    The arithmetic is `radiomics.imageoperations.getBinEdges`'s. Raises TooManyLevels.
    """
    if bin_count is not None:
        edges = np.histogram_bin_edges(np.array([low, high]), bin_count)
        edges[-1] += 1
        return edges
    start = low - (low % bin_width)
    if not (high - start) / bin_width < MOST_LEVELS:
        raise TooManyLevels(
            f"the fast engine counts up to {MOST_LEVELS} grey levels, and binWidth {bin_width:g} makes more here"
        )
    return np.arange(start, high + 2 * bin_width, bin_width)


class GreyLevels:
    """The region of one image in grey levels.

    `volume` (padded box,) uint16, 0 outside the region; `counts` (ng + 1,) uint32 voxels of each level; `ng`: the
    largest level; `present`: the levels that occur, ascending.
    """

    def __init__(self, values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64], mask: MaskIndex) -> None:
        self.mask = mask
        self.volume = np.zeros(mask.index.size, dtype=np.uint16)
        counts = np.zeros(edges.size + 1, dtype=np.uint32)
        per_width = 1.0 / (edges[1] - edges[0])
        call("rl_digitise", values, values.size, edges, edges.size, per_width, mask.at, self.volume, counts)
        self.present = np.flatnonzero(counts)
        self.ng = int(self.present[-1])
        self.counts = np.ascontiguousarray(counts[: self.ng + 1])
