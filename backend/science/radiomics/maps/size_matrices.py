"""Maps of the matrices of level and size: run lengths, size zones and dependences of each neighbourhood."""

from collections.abc import Callable

import numpy as np

from backend.science.radiomics.features import gldm, glrlm, glszm
from backend.science.radiomics.kernel import Argument, call
from backend.science.radiomics.maps.crop import Crop, Levels
from backend.science.radiomics.maps.kernel_tables import Table, numbering
from backend.science.radiomics.maps.types import Pass, Positions
from backend.science.radiomics.maps.weights import weights_of
from backend.science.types import FloatArray

MEASURES = (
    *("Short", "Long", "LevelNonUniformity", "LevelNonUniformityNormalized", "SizeNonUniformity"),
    *("SizeNonUniformityNormalized", "Percentage", "LevelVariance", "SizeVariance", "Entropy", "Low", "High"),
    *("ShortLow", "ShortHigh", "LongLow", "LongHigh"),
)
"""Names of features/emphases.py in the order of the kernel's numbers."""


SUMS_OVER_LENGTHS = ("RunEntropy", "RunVariance")
"""0 and not NaN in PyRadiomics where directions are weighted and no neighbourhood has a run: sums over no length."""


def run_lengths(crop: Crop, feature: str) -> Pass:
    """The pass of a feature of the GLRLM (IBSI: TP0I), averaged over the directions with a line of two voxels."""
    lines, first = crop.around.lines()
    directions = crop.directions((1,))
    weights, merged = weights_of(crop, directions, for_glcm=False)
    arguments = (lines, first, len(directions), weights, int(merged), _number(glrlm.MEASURES, feature))
    over = _over(crop, "rl_map_glrlm", arguments, longest=2 * crop.around.radius + 1)
    if merged and feature in SUMS_OVER_LENGTHS and np.isnan(over(crop.positions())).all():
        return lambda at: np.zeros(at.size)
    return over


def size_zones(crop: Crop, feature: str) -> Pass:
    """The pass of a feature of the GLSZM (IBSI: 9SAK); zones are connected by all places that touch."""
    near = crop.around.near(crop.directions((1,)))
    mask, front = np.zeros((crop.around.size + 1, near.shape[1]), dtype=np.uint64), np.zeros_like(near[0])
    arguments = (near, near.shape[1], _number(glszm.MEASURES, feature), mask, front)
    return _over(crop, "rl_map_glszm", arguments, longest=crop.around.size)


def dependences(crop: Crop, feature: str) -> Pass:
    """The pass of a feature of the GLDM (IBSI: REK0): of each voxel, how many near ones differ by at most gldm_a."""
    near = crop.around.near(crop.directions(tuple(crop.options.get("distances", (1,)))))
    mask, alike = np.zeros((2, crop.around.size + 1, near.shape[1]), dtype=np.uint64)
    alpha = int(crop.options.get("gldm_a", 0))
    arguments = (near, near.shape[1], alpha, _number(gldm.MEASURES, feature), mask, alike)
    return _over(crop, "rl_map_gldm", arguments, longest=crop.around.size)


def _number(measures: dict[str, str], feature: str) -> int:
    return MEASURES.index(measures[feature])


def _over(crop: Crop, function: str, arguments: tuple[Argument, ...], longest: int) -> Pass:
    """The pass of a kernel function over matrices of sizes up to `longest`."""
    levels: Levels = crop.levels()
    offsets = crop.around.offsets(crop.padded_shape)
    rows, side = min(offsets.size, levels.ng) + 1, longest + 1
    table = Table.of(rows, side, 14 * offsets.size)
    margin, work = np.zeros(max(rows, side)), numbering(offsets.size, levels.ng)

    def over(at: Positions) -> FloatArray:
        out = np.empty(at.size)
        call(
            function,
            *(levels.padded, at, at.size, offsets, offsets.size, *arguments, *work),
            *(table.cells, table.place, table.side, margin, out),
        )
        return out

    return over


CLASSES: dict[str, tuple[Callable[[Crop, str], Pass], tuple[str, ...]]] = {
    "glrlm": (run_lengths, tuple(glrlm.MEASURES)),
    "glszm": (size_zones, tuple(glszm.MEASURES)),
    "gldm": (dependences, tuple(gldm.MEASURES)),
}
"""PyRadiomics' class -> its pass and its features."""
