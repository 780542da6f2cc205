"""Shapes on a grid in millimetres: ellipsoids, bumps and grain, from which organs are put together.

Axes: x to the patient's left, y to the back, z to the head; 0 is the middle of the body that is drawn.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from backend.errors import BadSettings
from backend.science.synthetic.anatomy import IDENTITY, Field, Size, Triple
from backend.science.synthetic.tissue import correlated
from backend.science.types import Float32Array, MaskArray

Level = npt.NDArray[np.floating[Any]]
COARSE_MM = 3.0
"""Grain that is longer than two of these is drawn at this step and interpolated."""


@dataclass(frozen=True)
class Space:
    """Positions (mm) of the voxels of a field along z, y and x, ready to be broadcast."""

    grid: Field
    z: Float32Array
    y: Float32Array
    x: Float32Array

    @property
    def shape(self) -> Size:
        """Shape (z, y, x) of arrays."""
        return self.grid.shape

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.grid.spacing)) / 1000.0

    @property
    def half(self) -> Triple:
        """Half of the field along x, y, z."""
        x, y, z = (n * mm / 2.0 for n, mm in zip(self.grid.size, self.grid.spacing, strict=True))
        return x, y, z

    def ellipsoid(self, centre: Triple, axes: Triple) -> Float32Array:
        """Distance from the centre in half axes: 1 is the surface."""
        x, y, z = ((at - c) / a for at, c, a in zip((self.x, self.y, self.z), centre, axes, strict=True))
        return np.asarray(np.sqrt(x * x + y * y + z * z), np.float32)

    def grain(self, mm: float, rng: np.random.Generator) -> Float32Array:
        """Smooth noise with a correlation length, mean 0, standard deviation 1."""
        steps = [max(1, int(COARSE_MM // each)) if mm > 2 * COARSE_MM else 1 for each in self.grid.spacing[::-1]]
        coarse = [-(-n // step) + 1 for n, step in zip(self.shape, steps, strict=True)]
        sigma = [mm / (each * step) for each, step in zip(self.grid.spacing[::-1], steps, strict=True)]
        noise = correlated((coarse[0], coarse[1], coarse[2]), (sigma[0], sigma[1], sigma[2]), rng)
        for axis, step in enumerate(steps):
            noise = _stretched(noise, axis, step, self.shape[axis])
        return noise


def space(grid: Field, middle: Triple = (0.0, 0.0, 0.0)) -> Space:
    """The positions of a field whose middle lies at a point of the body."""
    x, y, z = ((grid.axis(which) + middle[which]).astype(np.float32) for which in range(3))
    return Space(grid, z[:, None, None], y[None, :, None], x[None, None, :])


def field(spacing: Triple, size: Size, smallest: float = 0.0) -> Field:
    """An axial grid. Raises BadSettings for voxels, or a field, in which the body cannot be drawn."""
    if not all(0.05 <= mm <= 50.0 for mm in spacing):
        raise BadSettings("Spacing must lie between 0.05 and 50 mm along each axis.")
    if not all(8 <= n <= 512 for n in size):
        raise BadSettings("Size must lie between 8 and 512 voxels along each axis.")
    if min(n * mm for n, mm in zip(size, spacing, strict=True)) < smallest:
        shown = " x ".join(f"{n * mm:g}" for n, mm in zip(size, spacing, strict=True))
        raise BadSettings(f"A field of {shown} mm is too small; use {smallest:g} mm or more along each axis.")
    return Field(size, spacing, (0.0, 0.0, 0.0), IDENTITY)


def inside(level: Level, width: float) -> Float32Array:
    """1 where a level is below 1, 0 above, with a soft edge of `width` (in units of the level)."""
    return np.asarray(np.clip(0.5 + (1.0 - level) / width, 0.0, 1.0), np.float32)


def blend(image: Float32Array, value: Level | float, share: Level) -> Float32Array:
    """An image with `share` of it replaced by a value."""
    return np.asarray(image + share * (value - image), np.float32)


def acquired(image: Float32Array, grid: Field, blur_mm: float) -> Float32Array:
    """An image as a scanner's point spread leaves it."""
    sigma = [blur_mm / mm for mm in grid.spacing[::-1]]
    return np.asarray(ndimage.gaussian_filter(image, sigma, truncate=2.5), np.float32)


def largest_part(mask: MaskArray) -> MaskArray:
    """The largest connected part of a mask: outlines have no crumbs."""
    labels, count = ndimage.label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(labels.ravel())
    return np.asarray(labels == int(sizes[1:].argmax()) + 1)


def _stretched(values: Float32Array, axis: int, step: int, length: int) -> Float32Array:
    """Linear interpolation along one axis from every `step`-th position."""
    if step == 1:
        return np.take(values, range(length), axis)
    at = np.arange(length, dtype=np.float32) / step
    low = at.astype(int)
    share = (at - low).reshape([-1 if each == axis else 1 for each in range(3)]).astype(np.float32)
    first, second = np.take(values, low, axis), np.take(values, low + 1, axis)
    return np.asarray(first + share * (second - first), np.float32)
