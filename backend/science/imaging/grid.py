"""Voxel grids in patient coordinates (LPS, mm)."""

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

TOLERANCE_MM = 0.1
TOLERANCE_VOXEL = 0.01


@dataclass(frozen=True)
class Grid:
    """Size in voxels (x, y, z), spacing in mm, origin in mm and direction cosines (row-major 3 x 3), all in LPS."""

    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]

    @classmethod
    def of(cls, image: sitk.Image) -> Self:
        """Return the grid of a 3-D SimpleITK image."""
        return cls(
            size=tuple(image.GetSize()),
            spacing=tuple(image.GetSpacing()),
            origin=tuple(image.GetOrigin()),
            direction=tuple(image.GetDirection()),
        )

    @classmethod
    def at_origin(cls, shape: tuple[int, ...], spacing: tuple[float, float, float]) -> Self:
        """Return the grid of an array (D, H, W) of unknown position: axes along the patient's, first voxel at 0."""
        depth, height, width = shape
        return cls((width, height, depth), spacing, (0.0, 0.0, 0.0), tuple(np.eye(3).ravel().tolist()))

    def point(self, index: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Physical points (..., 3) in mm of voxel indices (..., 3) in x, y, z order; fractions are allowed."""
        axes = np.array(self.direction).reshape(3, 3) * self.spacing
        points: npt.NDArray[np.float64] = np.asarray(index, dtype=np.float64) @ axes.T + self.origin
        return points

    def index(self, point: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Continuous voxel indices (..., 3) of physical points (..., 3); the inverse of `point`."""
        axes = np.array(self.direction).reshape(3, 3) * self.spacing
        offsets = np.asarray(point, dtype=np.float64) - self.origin
        indices: npt.NDArray[np.float64] = offsets @ np.linalg.inv(axes).T
        return indices

    def corners(self) -> npt.NDArray[np.float64]:
        """(8, 3) centres of the corner voxels in mm."""
        return self.point(list(product(*((0, n - 1) for n in self.size))))

    def matches(self, other: "Grid") -> bool:
        """Whether sizes are equal and voxels at most 0.1 mm, or 1 % of the smallest voxel edge if larger, apart.

        An exact comparison would refuse valid masks: NIfTI stores a rotation as three float32 numbers, which moves the
        corner of a real gland mask by 0.06 mm.
        """
        if self.size != other.size:
            return False
        tolerance = max(TOLERANCE_MM, TOLERANCE_VOXEL * min(other.spacing))
        # Both are affine in the index, so the largest distance is at a corner.
        return bool(np.linalg.norm(self.corners() - other.corners(), axis=1).max() <= tolerance)

    def contains(self, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Which physical points (..., 3) lie within the outer voxel edges."""
        indices = self.index(points)
        inside: npt.NDArray[np.bool_] = np.all((indices >= -0.5) & (indices <= np.array(self.size) - 0.5), axis=-1)
        return inside

    def share_inside(self, other: "Grid") -> float:
        """Share of a lattice of 9 x 9 x 9 points over this grid that lies inside `other`."""
        lattice = np.stack(np.meshgrid(*(np.linspace(0, n - 1, 9) for n in self.size), indexing="ij"), axis=-1)
        return float(other.contains(self.point(lattice.reshape(-1, 3))).mean())

    def overlaps(self, other: "Grid") -> bool:
        """Whether a lattice point of either grid lies in the other: true for overlaps wider than 1/8 of a grid."""
        return self.share_inside(other) > 0 or other.share_inside(self) > 0

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in mL."""
        return float(np.prod(self.spacing)) / 1000.0
