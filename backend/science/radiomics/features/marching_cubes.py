"""Surface mesh of a region by marching cubes, in PyRadiomics' convention: its area, its volume and its diameters.

A cube has a voxel at each corner; a vertex lies in the middle of each edge between a voxel of the region and another.
The triangles of the 128 configurations without corner 7 follow from one rule. Inside corners that meet only across a
face stay apart. Each closed line of vertices around inside corners is cut into triangles. The cuts change the area
where a line is not flat; those below give PyRadiomics' area of each configuration. A configuration with corner 7 has
the triangles of its complement, turned round. So a mesh can have cracks between cubes, and its volume then depends on
where the origin lies: one voxel before the bounding box, as in PyRadiomics.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call

_CORNERS = np.array([(0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0)])
_EDGES = np.array([(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)])
# One word a configuration from 1: triangles of three edges, in hexadecimal digits.
_TABLE = """
083 019 183198 12a 08312a 0292a9 2832a8a98 23b 0828b2 01923b 19298b9b2 13a3ba 0818a18ba 0393b9ba9 8a98ba 478 043473
019478 147173194 12a478 04312a473 0292a9478 2432a4473a94 23b478 0424727b2 01923b478 1421944727b2 13a3ba478 0414717b1ba1
0393b9478ba9 4797b9ba9 495 083495 014154 153483543 12a495 08312a495 0242542a5 2432542a5483 23b495 0824958b2 01415423b
14215448b4b2 13a3ba495 0814958a18ba 0343543a53ba 4858a58ba 578589 053095573 017078157 153573 12a578589 05309512a573
0282582a5578 2532a5573 23b578589 05b0950b257b 01707815723b 1571727b2 13a3ba578589 05707b0950a10ba 03b0570780a50ba 57a7ba
5a6 0835a6 0195a6 1831985a6 125265 083125265 026059065 253265583598 23b5a6 0825a68b2 01923b5a6 1925a698b9b2 1353653b6
05106508b0b6 0350593653b6 59698b9b6 4785a6 0434735a6 0194785a6 1471731945a6 125265478 043125265473 026059065478
269293659947973 23b4785a6 0424725a67b2 01923b4785a6 1421944725a67b2 1353653b6478 04b0b147bb51b65 0350593653b6478
4796597b9b69 4969a6 0834969a6 0160641a6 1681831a6648 124149264 083124149264 024264 243264483 23b4969a6 0824968b29a6
0160641a623b 14816418b1a61b2 1393693b6649 0814916418b1b61 0360643b6 4868b6 67868a89a 0630966739a6 0160670781a6 1671731a6
126167178189 093912926967973 026067078 263673 23b67868a89a 0720977b29a7a67 0160670781a623b 1671721a67b2 1361693b6678689
09167b 0360670783b6 67b
"""
_WORDS = _TABLE.split()
# Vertices (n, 3, 3) of all triangles, doubled, in z, y, x, and the configuration of each triangle (n,).
_CONFIGURATION = np.array([i for i, word in enumerate(_WORDS, 1) for _ in range(len(word) // 3)])
_VERTICES = _CORNERS[_EDGES].sum(axis=1)[[int(digit, 16) for word in _WORDS for digit in word]].reshape(-1, 3, 3)
_A, _B, _C = _VERTICES.swapaxes(0, 1)
_NORMALS = np.cross(_A - _C, _B - _C)  # 8 times the vector area
_DETERMINANTS = (np.cross(_A, _B) * _C).sum(axis=1)  # 48 times the volume of the tetrahedron with the cube's corner 0


@dataclass(frozen=True)
class Mesh:
    """Area in mm2, volume in mm3, and largest distances between vertices in mm: of one z, one y, one x, and of all."""

    area: float
    volume: float
    diameters: tuple[float, float, float, float]

    @classmethod
    def of(cls, mask: npt.NDArray[np.uint8], spacing: npt.NDArray[np.float64]) -> "Mesh":
        """Mesh of a mask (Z, Y, X) of 0 and 1 with one voxel of 0 on each side; `spacing` is z, y, x."""
        z, y, x = mask.shape
        counts, places = np.zeros(256, dtype=np.int64), np.zeros((256, 3), dtype=np.int64)
        along_x = np.full((2 * z, 2 * y, 2), -1, dtype=np.int32)
        along_z = np.full((2 * y, 2 * x, 2), -1, dtype=np.int32)
        call("rl_cubes", mask, z, y, x, counts, places, along_x, along_z, np.empty(x, dtype=np.uint8))
        across, along = np.empty((2, 4 * z * 2 * y))
        corners, start = np.empty(8 * max(z, y), dtype=np.int32), np.empty(2 * z + 1, dtype=np.int64)
        diameters = np.empty(4)
        call(
            *("rl_diameters", along_x, along_z, z, y, x, spacing),
            *(corners, across, along, start, np.empty(2 * z), diameters),
        )
        of_z, of_y, of_x, of_all = diameters.tolist()
        return cls(_area(counts, spacing), _volume(counts, places, spacing), (of_z, of_y, of_x, of_all))


def _area(counts: npt.NDArray[np.int64], spacing: npt.NDArray[np.float64]) -> float:
    z, y, x = spacing
    areas = np.sqrt(((_NORMALS * np.array([y * x, z * x, z * y])) ** 2).sum(axis=1)) / 8
    return math.fsum(areas * (counts + counts[::-1])[_CONFIGURATION])


def _volume(counts: npt.NDArray[np.int64], places: npt.NDArray[np.int64], spacing: npt.NDArray[np.float64]) -> float:
    """Sum over the triangles of det(a, b, c) / 6, where a cube at p adds p . normal to the determinant of its own."""
    cubes, at = counts - counts[::-1], places - places[::-1]  # the complement of configuration i is 255 - i
    own = int(cubes[_CONFIGURATION] @ _DETERMINANTS)
    moved = int((2 * at[_CONFIGURATION] * _NORMALS).sum())
    return (own + moved) / 48 * float(spacing.prod())
