"""Grey-level dependence matrix (IBSI: NGLDM, REK0): neighbours that differ by at most alpha, of 26 or 8."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.emphases import SizeMatrix, all_levels, averaged, size_matrix
from backend.science.radiomics.kernel import Array, call
from backend.science.radiomics.region.discretisation import GreyLevels
from backend.science.radiomics.region.sparse_levels import SparseLevels

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
# PyRadiomics knows these names and computes none: 1, and Uniformity of first order.
GIVEN_UP = ("DependencePercentage", "GrayLevelNonUniformityNormalized")
SIZES = 27  # the voxel itself counts


def dependences(levels: GreyLevels, alike: Array) -> SizeMatrix:
    """The matrix of one image; `alike` (ng + 1, 27) uint32: voxels by level and number of similar neighbours."""
    cell, by_level = np.zeros((1, 6)), np.zeros((1, levels.ng + 1), dtype=np.int64)
    by_size = np.zeros((1, SIZES), dtype=np.int64)
    call("rl_joint", alike, 1, levels.ng, SIZES, SIZES, cell, by_level, by_size)
    return SizeMatrix(all_levels(levels.ng), by_level, np.arange(1.0, SIZES + 1), by_size, cell)


def dependences_of_each(levels: SparseLevels, alike: npt.NDArray[np.int32]) -> SizeMatrix:
    """The same from the number of similar neighbours of each voxel, (n,)."""
    return size_matrix(levels.occurring.astype(float), [(levels.rank, alike.astype(np.int64) + 1, None)])


def gldm(matrices: Sequence[SizeMatrix]) -> dict[str, list[float]]:
    """The 14 features, one value an image."""
    return averaged(matrices, MEASURES)
