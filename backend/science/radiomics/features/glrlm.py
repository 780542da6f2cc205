"""Grey-level run-length matrix (IBSI: TP0I): features averaged over 13 directions, in one plane over 4."""

from collections.abc import Sequence

import numpy as np

from backend.science.radiomics.features.emphases import SizeMatrix, all_levels, averaged, size_matrix
from backend.science.radiomics.kernel import Array, call
from backend.science.radiomics.region.discretisation import GreyLevels
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.sparse_levels import SparseLevels, Sums, Whole

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


def run_lengths(levels: GreyLevels, equal: Array, weights: Sums | None = None) -> SizeMatrix:
    """The matrices of one image, in the directions that have runs; `equal` (n_d, ng + 1): pairs of equal level.

    `weights` (n_d,) make one matrix of them, their weighted sum.
    """
    mask, ng, directions = levels.mask, levels.ng, len(levels.mask.offset)
    longest = max(4, *mask.size)
    windows = mask.scratch.empty("windows", 32 * (ng + 1), np.uint16)
    runs = mask.scratch.empty("runs", (directions, ng + 1, longest), np.uint32)
    greatest = call(
        *("rl_runs", mask.levels, mask.bits, mask.rows, len(mask.rows), mask.offset, directions, levels.counts),
        *(equal, ng, longest, mask.bits.size, mask.chains, windows, runs),
    )
    kept = mask.run_directions
    if not kept.any():
        return _without_runs(levels.mask, all_levels(ng), weights)
    if weights is not None:
        return _merged(np.tensordot(weights[kept], runs[kept, :, :greatest].astype(np.float64), axes=1))
    cell, by_level = np.zeros((directions, 6)), np.zeros((directions, ng + 1), dtype=np.int64)
    by_size = np.zeros((directions, greatest), dtype=np.int64)
    call("rl_joint", runs, directions, ng, longest, greatest, cell, by_level, by_size)
    return SizeMatrix(all_levels(ng), by_level[kept], np.arange(1.0, greatest + 1), by_size[kept], cell[kept])


def _merged(matrix: Sums) -> SizeMatrix:
    """One matrix (ng + 1, longest)."""
    level, size = np.nonzero(matrix)
    return size_matrix(all_levels(len(matrix) - 1), [(level, size + 1, matrix[level, size])])


def _without_runs(mask: MaskIndex, levels: Sums, weights: Sums | None) -> SizeMatrix:
    """No direction is left where no line holds two voxels; PyRadiomics keeps an only one, empty."""
    nothing = np.zeros(0, dtype=np.int64)
    return size_matrix(levels, [(nothing, nothing, None)] if weights is not None or mask.extends.sum() == 1 else [])


def runs_of_each(levels: SparseLevels, weights: Sums | None = None) -> SizeMatrix:
    """The same, however many levels there are."""
    mask = levels.mask
    kept = np.flatnonzero(mask.run_directions)
    i = levels.occurring.astype(float)
    if not kept.size:
        return _without_runs(mask, i, weights)
    runs = [_runs(levels, int(mask.offset[d])) for d in kept]
    if weights is None:
        return size_matrix(i, [(rank, length, None) for rank, length in runs])
    rank, length = (np.concatenate(parts) for parts in zip(*runs, strict=True))
    weight = np.repeat(weights[kept], [len(found) for found, _ in runs])
    return size_matrix(i, [(rank, length, weight)])


def _runs(levels: SparseLevels, offset: int) -> tuple[Whole, Whole]:
    """Level, as its number among those that occur, and length of each run in one direction."""
    at, numbers = levels.mask.at, levels.numbers
    first = numbers[at - offset] != levels.rank + 1
    end, level = at[first], levels.rank[first]
    length, going = np.ones(end.size, dtype=np.int64), np.arange(end.size)
    while going.size:
        end = end + offset
        on = numbers[end] == level[going] + 1
        going, end = going[on], end[on]
        length[going] += 1
    return level, length


def glrlm(matrices: Sequence[SizeMatrix]) -> dict[str, list[float]]:
    """The 16 features, one value an image; NaN where no line holds two voxels of the region."""
    if not len(matrices[0].cell):
        return {feature: [float("nan")] * len(matrices) for feature in FEATURES}
    return averaged(matrices, MEASURES)
