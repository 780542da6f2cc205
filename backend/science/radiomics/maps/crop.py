"""The part of an image that the maps of a region see, in values and in grey levels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.maps.kernel_box import KernelBox, Step
from backend.science.radiomics.region.discretisation import bin_edges, limits_in
from backend.science.radiomics.region.mask_index import bounding_box
from backend.science.types import Box, FloatArray, MaskArray, Size, Spacing


def reach_of(region: MaskArray, radius: int) -> Box:
    """The region's box and `radius` voxels more, as far as the image reaches: what PyRadiomics cuts out."""
    z, y, x = (
        slice(max(side.start - radius, 0), min(side.stop + radius, n))
        for side, n in zip(bounding_box(region), region.shape, strict=True)
    )
    return z, y, x


@dataclass(frozen=True)
class Levels:
    """Grey levels of the voxels that take part, padded by the radius and 0 elsewhere, flat.

    `ng`: the largest level; `present`: how many levels occur.
    """

    padded: npt.NDArray[np.uint16]
    ng: int
    present: int


@dataclass(frozen=True)
class Crop:
    """Voxels of the box in the image's own type, the `region` in it, and the voxels that `take part` in it.

    Where the kernel is masked only the region takes part, else the whole box. `options`: settings of the image type.
    """

    voxels: npt.NDArray[Any]
    region: MaskArray
    taking_part: MaskArray
    around: KernelBox
    spacing: Spacing
    options: Mapping[str, Any]

    @property
    def padded_shape(self) -> Size:
        """Shape with a margin as wide as the radius on each side."""
        z, y, x = (n + 2 * self.around.radius for n in self.voxels.shape)
        return z, y, x

    def directions(self, distances: tuple[int, ...]) -> tuple[Step, ...]:
        """Directions at these distances. Raises ValueError where the box is too small for any, as PyRadiomics does."""
        sides = [n for axis, n in enumerate(self.voxels.shape) if axis != self.around.left_out]
        if not any(distance < n for distance in distances for n in sides):
            raise ValueError("Error getting angle count.")
        return self.around.directions(distances)

    def positions(self) -> npt.NDArray[np.int32]:
        """Positions (n,) of the region's voxels in the flat padded box, in raster order."""
        return np.flatnonzero(np.pad(self.region, self.around.radius)).astype(np.int32)

    def padded_values(self) -> FloatArray:
        """Values as float64, padded and flat, NaN where a voxel does not take part."""
        values = np.where(self.taking_part, self.voxels, np.nan).astype(np.float64)
        return np.pad(values, self.around.radius, constant_values=np.nan).ravel()

    def levels(self, dtype: np.dtype[Any] | None = None) -> Levels:
        """Grey levels of all voxels that take part, binned together in `dtype`, else in the image's own type."""
        values = self.voxels[self.taking_part].astype(dtype or self.voxels.dtype, copy=False)
        low, high = limits_in(values.dtype, np.array([values.min(), values.max()], dtype=np.float64))
        edges = bin_edges(low, high, self.options.get("binCount"), self.options.get("binWidth", 25))
        level = np.digitize(values, edges)
        whole = np.zeros(self.voxels.shape, dtype=np.uint16)
        whole[self.taking_part] = level
        present = np.count_nonzero(np.bincount(level))
        return Levels(np.pad(whole, self.around.radius).ravel(), int(level.max()), int(present))
