"""Which voxels are neighbours of a voxel: PyRadiomics' settings of its texture classes, and its angles."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import STEPS

Steps = npt.NDArray[np.int64]
Size = tuple[int, int, int]
Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Neighbourhood:
    """Settings of the texture classes for one image.

    `flat`: the axis (z 0, y 1, x 2) along which no neighbour lies, by force2D and force2Ddimension; None in 3-D.
    `distances`: of neighbours in GLCM, GLDM and NGTDM, by the largest of the three coordinates. `weighting`: the norm
    by which the matrices of GLCM and GLRLM are weighted and added up (weightingNorm); None leaves one a direction.
    `symmetric`: a pair counts in both orders (symmetricalGLCM). `alpha`: by how many levels a dependent neighbour may
    differ (gldm_a).
    """

    flat: int | None = None
    distances: tuple[int, ...] = (1,)
    weighting: str | None = None
    symmetric: bool = True
    alpha: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Neighbourhood":
        """The neighbourhood of PyRadiomics' settings."""
        return cls(
            flat=int(settings.get("force2Ddimension", 0)) if settings.get("force2D") else None,
            distances=tuple(int(distance) for distance in settings.get("distances", (1,))),
            weighting=settings.get("weightingNorm"),
            symmetric=bool(settings.get("symmetricalGLCM", True)),
            alpha=int(settings.get("gldm_a", 0)),
        )

    @property
    def next_to(self) -> bool:
        """Whether all neighbours are at distance 1, as in most settings."""
        return self.distances == (1,)

    @property
    def steps(self) -> npt.NDArray[np.int8]:
        """Directions (n, 3) to neighbours at distance 1 that are later in raster order: 13, or 4 in a plane."""
        return STEPS if self.flat is None else np.ascontiguousarray(STEPS[STEPS[:, self.flat] == 0])

    def pairs(self, size: Size) -> Steps:
        """Directions (n, 3) in which GLCM pairs voxels of a region in a box of this `size` (z, y, x)."""
        return _angles(size, self.distances, self.flat, both_ways=False)

    def around(self, size: Size) -> Steps:
        """Offsets (n, 3) of the neighbours in GLDM and NGTDM; a distance given twice counts twice."""
        return _angles(size, self.distances, self.flat, both_ways=True)

    def reach(self, size: Size) -> int:
        """Voxels that a box of this `size` has to be padded by."""
        return max(1, min(max(self.distances, default=1), max(size) - 1))

    def lengths(self, steps: npt.NDArray[Any], spacing: Spacing) -> npt.NDArray[np.float64]:
        """Lengths (n,) in mm of steps (z, y, x) by the norm of `weighting`; `spacing` is (x, y, z)."""
        along = np.abs(steps) * np.array(spacing[::-1])
        if self.weighting == "infinity":
            return np.asarray(along.max(axis=1))
        if self.weighting == "manhattan":
            return np.asarray(along.sum(axis=1))
        return np.asarray(np.sqrt((along**2).sum(axis=1)))

    def refuse_lonely(self, size: Size, distances: tuple[int, ...] | None = None) -> None:
        """Raise ValueError where a region in a box of this `size` cannot have neighbours, in PyRadiomics' words."""
        if not len(_angles(size, self.distances if distances is None else distances, self.flat, both_ways=False)):
            raise ValueError("Error getting angle count.")


def _angles(size: Size, distances: tuple[int, ...], flat: int | None, both_ways: bool) -> Steps:
    """PyRadiomics' angles (n, 3), in ascending raster order: offsets within the box whose infinity norm is a distance.

    PyRadiomics counts a distance that is given twice twice, and then takes so many offsets from the first on, and from
    the first again. The first half of them are the later neighbours, in descending order.
    """
    reach = tuple(0 if axis == flat else min(max(distances, default=0), n - 1) for axis, n in enumerate(size))
    return _offsets(reach, distances, both_ways)


@lru_cache(maxsize=64)
def _offsets(reach: tuple[int, ...], distances: tuple[int, ...], both_ways: bool) -> Steps:
    """The angles within `reach` voxels along each axis, not to be written to."""
    offsets = np.stack(np.meshgrid(*(np.arange(r, -r - 1, -1) for r in reach), indexing="ij"), axis=-1).reshape(-1, 3)
    norm = np.abs(offsets).max(axis=1)
    wanted = sum((norm == distance).astype(np.int64) for distance in distances) + np.zeros(len(offsets), dtype=np.int64)
    offsets, count = offsets[wanted > 0], int(wanted.sum())
    taken = np.resize(offsets, (count if both_ways else count // 2, 3)) if count else offsets
    taken = taken[np.lexsort(taken.T[::-1])]
    taken.flags.writeable = False
    return taken
