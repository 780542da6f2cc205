"""Grey-level run-length matrix (IBSI: TP0I): features averaged over 13 directions, in one plane over 4."""

from collections.abc import Sequence

import numpy as np

from backend.science.radiomics.features.emphases import SizeMatrix, averaged
from backend.science.radiomics.kernel import Array, call
from backend.science.radiomics.region.discretisation import GreyLevels

# PyRadiomics' name -> the common measure (IBSI code).
MEASURES = {
    "GrayLevelNonUniformity": "LevelNonUniformity",  # R5YN
    "GrayLevelNonUniformityNormalized": "LevelNonUniformityNormalized",  # OVBL
    "GrayLevelVariance": "LevelVariance",  # 8CE5
    "HighGrayLevelRunEmphasis": "High",  # G3QZ
    "LongRunEmphasis": "Long",  # W4KF
    "LongRunHighGrayLevelEmphasis": "LongHigh",  # 3KUM
    "LongRunLowGrayLevelEmphasis": "LongLow",  # IVPO
    "LowGrayLevelRunEmphasis": "Low",  # V3SW
    "RunEntropy": "Entropy",  # HJ9O
    "RunLengthNonUniformity": "SizeNonUniformity",  # W92Y
    "RunLengthNonUniformityNormalized": "SizeNonUniformityNormalized",  # IC23
    "RunPercentage": "Percentage",  # 9ZK5
    "RunVariance": "SizeVariance",  # SXLW
    "ShortRunEmphasis": "Short",  # 22OV
    "ShortRunHighGrayLevelEmphasis": "ShortHigh",  # GD3A
    "ShortRunLowGrayLevelEmphasis": "ShortLow",  # HTZT
}
FEATURES = tuple(MEASURES)


def run_lengths(levels: GreyLevels, equal: Array) -> SizeMatrix:
    """The matrices of one image, in the directions that have runs; `equal` (n_d, ng + 1): pairs of equal level."""
    mask, ng, directions = levels.mask, levels.ng, len(levels.mask.offset)
    longest = max(4, *mask.size)
    runs = mask.scratch.empty("runs", (directions, ng + 1, longest), np.uint32)
    greatest = call(
        *("rl_runs", mask.levels, mask.bits, mask.rows, len(mask.rows), mask.offset, directions, levels.counts),
        *(
            equal,
            ng,
            longest,
            mask.bits.size,
            mask.chains,
            mask.scratch.empty("windows", 32 * (ng + 1), np.uint16),
            runs,
        ),
    )
    cell, by_level = np.zeros((directions, 6)), np.zeros((directions, ng + 1), dtype=np.int64)
    by_size = np.zeros((directions, greatest), dtype=np.int64)
    call("rl_joint", runs, directions, ng, longest, greatest, cell, by_level, by_size)
    kept = mask.run_directions
    return SizeMatrix(by_level[kept], np.arange(1.0, greatest + 1), by_size[kept], cell[kept])


def glrlm(matrices: Sequence[SizeMatrix]) -> dict[str, list[float]]:
    """The 16 features, one value an image; NaN where no line holds two voxels of the region."""
    if not len(matrices[0].cell):
        return {feature: [float("nan")] * len(matrices) for feature in FEATURES}
    return averaged(matrices, MEASURES)
