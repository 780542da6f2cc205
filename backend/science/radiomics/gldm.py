"""Grey-level dependence matrix (IBSI: NGLDM, REK0): voxels by how many of 26 neighbours differ by at most alpha."""

import numpy as np

from backend.science.radiomics.discretisation import GreyLevels
from backend.science.radiomics.emphases import SizeMatrix, emphases
from backend.science.radiomics.kernel import Array, call

MEASURES = {
    "DependenceEntropy": "Entropy",  # FCBV
    "DependenceNonUniformity": "SizeNonUniformity",  # Z87G
    "DependenceNonUniformityNormalized": "SizeNonUniformityNormalized",  # OKJI
    "DependenceVariance": "SizeVariance",  # DNX2
    "GrayLevelNonUniformity": "LevelNonUniformity",  # FP8K
    "GrayLevelVariance": "LevelVariance",  # 1PFV
    "HighGrayLevelEmphasis": "High",  # OAE7
    "LargeDependenceEmphasis": "Long",  # IMOQ
    "LargeDependenceHighGrayLevelEmphasis": "LongHigh",  # KLTH
    "LargeDependenceLowGrayLevelEmphasis": "LongLow",  # NBZI
    "LowGrayLevelEmphasis": "Low",  # TL9H
    "SmallDependenceEmphasis": "Short",  # SODN
    "SmallDependenceHighGrayLevelEmphasis": "ShortHigh",  # CQCT
    "SmallDependenceLowGrayLevelEmphasis": "ShortLow",  # RQU4
}
FEATURES = tuple(MEASURES)
SIZES = 27  # the voxel itself counts


def gldm(levels: GreyLevels, alike: Array) -> dict[str, float]:
    """The 14 features; `alike` (ng + 1, 27) uint32: voxels by level and by number of neighbours alike."""
    cell, by_level = np.zeros((1, 6)), np.zeros((1, levels.ng + 1), dtype=np.int64)
    by_size = np.zeros((1, SIZES), dtype=np.int64)
    call("rl_joint", alike, levels.ng, SIZES, cell, by_level, by_size)
    sizes = np.arange(1.0, SIZES + 1)
    measured = emphases(SizeMatrix(by_level.astype(float), sizes, by_size.astype(float), cell))
    return {name: float(measured[measure][0]) for name, measure in MEASURES.items()}
