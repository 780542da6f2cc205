"""The image that the filters read: normalised where asked, whole or the part in a box."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.preparation.normalisation import Normalisation
from backend.science.types import Box, Spacing

Voxels = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Source:
    """An image (D, H, W) in its own type, `spacing` (x, y, z) mm; normalised voxels are float64, as in SimpleITK.

    Most filters read only the part around the regions, so only that is normalised. `doubles`: voxels are float64 for
    the filters, because the image is float32 only to save room.
    """

    image: Voxels
    spacing: Spacing
    normalise: Normalisation = field(default_factory=Normalisation)
    doubles: bool = False

    def read(self, voxels: Voxels) -> Voxels:
        """Voxels of the image as the filters see them, contiguous."""
        return np.ascontiguousarray(self.normalise(voxels), dtype=self.dtype)

    def part(self, box: Box) -> Voxels:
        """Voxels of the box."""
        return self.read(self.image[box])

    @cached_property
    def whole(self) -> Voxels:
        """All voxels."""
        return self.read(self.image)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the voxels the filters see."""
        return np.dtype(np.float64) if self.doubles or self.normalise.scale is not None else self.image.dtype
