"""Grey-level size-zone matrix (IBSI: 9SAK): zones of equal level, connected by 26 neighbours, in one plane by 8."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.emphases import SizeMatrix, all_levels, averaged, size_matrix
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.discretisation import GreyLevels
from backend.science.radiomics.region.sparse_levels import SparseLevels

MEASURES = {
    "GrayLevelNonUniformity": "LevelNonUniformity",  # JNSA
    "GrayLevelNonUniformityNormalized": "LevelNonUniformityNormalized",  # Y1RO
    "GrayLevelVariance": "LevelVariance",  # BYLV
    "HighGrayLevelZoneEmphasis": "High",  # 5GN9
    "LargeAreaEmphasis": "Long",  # 48P8
    "LargeAreaHighGrayLevelEmphasis": "LongHigh",  # J17V
    "LargeAreaLowGrayLevelEmphasis": "LongLow",  # YH51
    "LowGrayLevelZoneEmphasis": "Low",  # XMSY
    "SizeZoneNonUniformity": "SizeNonUniformity",  # 4JP3
    "SizeZoneNonUniformityNormalized": "SizeNonUniformityNormalized",  # VB3A
    "SmallAreaEmphasis": "Short",  # 5QRC
    "SmallAreaHighGrayLevelEmphasis": "ShortHigh",  # HW1V
    "SmallAreaLowGrayLevelEmphasis": "ShortLow",  # 5RAI
    "ZoneEntropy": "Entropy",  # GU8N
    "ZonePercentage": "Percentage",  # P30P
    "ZoneVariance": "SizeVariance",  # 3NSA
}
FEATURES = tuple(MEASURES)
SMALL = 64  # zones up to this size are counted in a table, larger ones by sorting


def glszm(matrices: Sequence[SizeMatrix]) -> dict[str, list[float]]:
    """The 16 features, one value an image."""
    return averaged(matrices, MEASURES)


def size_zones(levels: GreyLevels) -> SizeMatrix:
    """The matrix of one image."""
    ng = levels.ng
    zones, zone_level, zone_size = levels.mask.zones()
    cell, by_level = np.zeros((1, 6)), np.zeros((1, ng + 1), dtype=np.int64)
    by_small = np.zeros(SMALL, dtype=np.int64)
    table = np.zeros((ng + 1, SMALL), dtype=np.uint32)
    large = int(call("rl_joint_zones", zone_level, zone_size, zones, ng, SMALL, table, cell, by_level, by_small))
    sizes, by_size = np.arange(1.0, SMALL + 1), by_small.astype(float)
    if large:
        pairs, n = _counted(zone_level[:large].astype(np.int64) << 32 | zone_size[:large])
        i, j = (pairs >> 32).astype(float), (pairs & 0xFFFFFFFF).astype(float)
        cell[0] += [
            *((n / (i**2 * j**2)).sum(), (n * i**2 / j**2).sum(), (n * j**2 / i**2).sum()),
            *((n * i**2 * j**2).sum(), (n * np.log2(n)).sum(), n.size),
        ]
        by_level[0] += np.bincount(zone_level[:large], minlength=ng + 1)
        more, zones_of = _counted(zone_size[:large].copy())
        sizes, by_size = np.append(sizes, more), np.append(by_size, zones_of)
    held = by_size > 0
    return SizeMatrix(all_levels(ng), by_level, sizes[held], by_size[held][None], cell)


def zones_of_each(levels: SparseLevels) -> SizeMatrix:
    """The same, however many levels there are."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    mask, numbers = levels.mask, levels.numbers
    voxel = np.zeros(numbers.size, dtype=np.int32)
    voxel[mask.at] = np.arange(mask.voxels)
    pairs = []
    for offset in mask.offset:
        alike = np.flatnonzero(numbers[mask.at - offset] == levels.rank + 1)
        pairs.append(np.stack([alike, voxel[mask.at[alike] - offset]]))
    row, column = np.concatenate(pairs, axis=1)
    graph = csr_matrix((np.ones(row.size, dtype=np.int8), (row, column)), shape=(mask.voxels, mask.voxels))
    zones, zone = connected_components(graph, directed=False)
    rank = np.zeros(zones, dtype=np.int64)
    rank[zone] = levels.rank
    return size_matrix(levels.occurring.astype(float), [(rank, np.bincount(zone, minlength=zones), None)])


def _counted(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """The distinct values, ascending, and their counts; sorts the values in place."""
    values.sort()
    first = np.flatnonzero(values[1:] != values[:-1]) + 1
    edges = np.concatenate(([0], first, [values.size]))
    return values[edges[:-1]], np.diff(edges)
