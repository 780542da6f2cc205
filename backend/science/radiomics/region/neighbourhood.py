"""Which voxels are neighbours of a voxel: PyRadiomics' settings of its texture classes, and its angles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import STEPS

Steps = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Neighbourhood:
    """Settings of the texture classes for one image.

    `flat`: the axis (z 0, y 1, x 2) along which no neighbour lies, by force2D and force2Ddimension; None in 3-D.
    `alpha`: by how many levels a dependent neighbour may differ, gldm_a.
    """

    flat: int | None = None
    alpha: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Neighbourhood":
        """The neighbourhood of PyRadiomics' settings."""
        return cls(
            flat=int(settings.get("force2Ddimension", 0)) if settings.get("force2D") else None,
            alpha=int(settings.get("gldm_a", 0)),
        )

    @property
    def steps(self) -> Steps:
        """Directions (n, 3) to neighbours at distance 1 that are later in raster order: 13, or 4 in a plane."""
        return STEPS if self.flat is None else np.ascontiguousarray(STEPS[STEPS[:, self.flat] == 0])

    def refuse_lonely(self, size: tuple[int, int, int]) -> None:
        """Raise ValueError where a region in a box of this `size` cannot have neighbours, in PyRadiomics' words."""
        if not any(all(n > 1 for n, step in zip(size, s, strict=True) if step) for s in self.steps):
            raise ValueError("Error getting angle count.")
