"""An asymmetric phantom in physical space (LPS, mm), sampled on any grid, so that its picture is known beforehand."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import SimpleITK as sitk

GLAND_RADIUS_MM = 15.0
MARKER_MM = np.array([9.0, -6.0, 4.0])
"""Centre of the marker: patient's left, anterior, towards the head."""
MARKER_HALF_MM = 3.0


@dataclass(frozen=True)
class Grid:
    """A voxel grid around the origin: `direction` holds the axes as columns."""

    spacing: tuple[float, float, float]
    size: tuple[int, int, int]
    direction: np.ndarray

    @property
    def origin(self) -> np.ndarray:
        """Centre of the first voxel, so that the grid's middle lies at zero."""
        middle = (np.array(self.size) - 1) / 2 * np.array(self.spacing)
        return -self.direction @ middle

    def image(self, kind: str) -> sitk.Image:
        """The phantom's `image`, `gland` or `lesion` on this grid."""
        index = np.stack(np.meshgrid(*(np.arange(n) for n in self.size), indexing="ij"), axis=-1)
        points = self.origin + (index * np.array(self.spacing)) @ self.direction.T  # (x, y, z, 3)
        sampled = sitk.GetImageFromArray(values(points, kind).transpose(2, 1, 0))
        sampled.SetSpacing(self.spacing)
        sampled.SetOrigin(self.origin.tolist())
        sampled.SetDirection(self.direction.ravel().tolist())
        return sampled


def values(points: np.ndarray, kind: str) -> np.ndarray:
    """The phantom at points (..., 3): a bright cube in a grey sphere."""
    gland = np.linalg.norm(points, axis=-1) <= GLAND_RADIUS_MM
    marker = np.all(np.abs(points - MARKER_MM) <= MARKER_HALF_MM, axis=-1)
    if kind == "gland":
        return gland.astype(np.uint8)
    if kind == "lesion":
        return marker.astype(np.uint8)
    return (20.0 + 80.0 * gland + 300.0 * marker).astype(np.float32)


def directions() -> dict[str, np.ndarray]:
    """All eight ways to run through the axes, and one oblique plane."""
    flips = {f"flip {signs}": np.diag(np.array(signs, dtype=float)) for signs in product((1, -1), repeat=3)}
    angle = np.deg2rad(20)
    tilt = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    return flips | {"oblique": tilt}


FINE = ((1.0, 1.0, 2.0), (64, 60, 24))
COARSE = ((2.0, 2.0, 3.0), (34, 32, 18))
OBLONG = ((0.8, 1.6, 2.0), (80, 38, 24))
"""Pixels twice as high as wide."""
OWN = ((1.7, 2.3, 4.0), (40, 30, 14))
"""The grid of an ADC that was acquired on its own, turned in the plane as well."""


@dataclass(frozen=True)
class Study:
    """How one study was acquired; masks lie on the T2 grid."""

    t2: Grid
    dwi: Grid
    adc: Grid

    def images(self) -> dict[str, sitk.Image]:
        """T2, DWI and ADC."""
        return {"T2": self.t2.image("image"), "DWI": self.dwi.image("image"), "ADC": self.adc.image("image")}

    def masks(self) -> dict[str, sitk.Image]:
        """Gland and lesion."""
        return {"gland": self.t2.image("gland"), "lesion": self.t2.image("lesion")}


def studies() -> dict[str, Study]:
    """Eight flips, an oblique plane, non-square pixels, and an ADC on a grid of its own."""
    found = {
        name: Study(Grid(*FINE, direction), Grid(*COARSE, direction), Grid(*COARSE, direction))
        for name, direction in directions().items()
    }
    straight, angle = np.eye(3), np.deg2rad(15)
    turned = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    found["oblong pixels"] = Study(Grid(*OBLONG, straight), Grid(*COARSE, straight), Grid(*COARSE, straight))
    found["own ADC grid"] = Study(Grid(*FINE, straight), Grid(*COARSE, straight), Grid(*OWN, turned))
    return found
