"""Grey-level run-length matrix (IBSI: TP0I): 13 directions, features averaged over them."""

import numpy as np

from backend.science.radiomics.discretisation import GreyLevels
from backend.science.radiomics.emphases import SizeMatrix, emphases
from backend.science.radiomics.kernel import STEPS, Array, call

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


def glrlm(levels: GreyLevels, bits: Array) -> dict[str, float]:
    """The 16 features; NaN where no line holds two voxels of the region. `bits`: equal earlier neighbours."""
    mask, ng = levels.mask, levels.ng
    kept = np.flatnonzero(mask.run_directions)
    if not kept.size:
        return dict.fromkeys(FEATURES, float("nan"))
    longest = max(mask.size)
    runs = np.zeros((len(STEPS), ng + 1, longest), dtype=np.uint32)
    running = np.empty(16 * mask.voxels, dtype=np.uint16)
    call(
        *("rl_runs", levels.volume, bits, mask.at, mask.voxels, mask.offset, mask.index, levels.counts, ng, longest),
        *(running, runs),
    )
    cell = np.zeros((kept.size, 6))
    by_level = np.zeros((kept.size, ng + 1), dtype=np.int64)
    by_size = np.zeros((kept.size, longest), dtype=np.int64)
    for row, direction in enumerate(kept):
        call("rl_joint", runs[direction], ng, longest, cell[row], by_level[row], by_size[row])
    sizes = np.arange(1.0, longest + 1)
    measured = emphases(SizeMatrix(by_level.astype(float), sizes, by_size.astype(float), cell))
    return {name: float(np.mean(measured[measure])) for name, measure in MEASURES.items()}
