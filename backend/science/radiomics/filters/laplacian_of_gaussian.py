"""Laplacian of Gaussian around a region (IBSI: LoG, XLT0), as PyRadiomics computes it on the whole image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.filters.recursive_gaussian import filtered, second_derivative, smoothing
from backend.science.types import Float32Array

LEAST = 4  # voxels along each axis that the recursive filters need
EXACT_IN_SINGLE = ("uint8", "int8", "uint16", "int16", "float32")  # float32 holds each of their values


def fits(shape: Sequence[int], spacing_xyz: Sequence[float], sigma: float) -> bool:
    """Whether PyRadiomics filters an image of this shape (z, y, x) with `sigma` mm, or skips it with a warning."""
    if min(shape) < LEAST or sigma <= 0.0:
        return False
    return all(size >= np.ceil(sigma / step) + 1 for size, step in zip(reversed(shape), spacing_xyz, strict=True))


def laplacian_of_gaussian(
    voxels: npt.NDArray[Any], spacing_xyz: Sequence[float], sigma: float, box: tuple[slice, ...]
) -> Float32Array:
    """The Laplacian of the Gaussian of `sigma` mm, times sigma², inside `box`; bit for bit as SimpleITK's filter.

    sigma² (d²/dx² + d²/dy² + d²/dz²) (G * image): for each axis the second derivative along it, then smoothing along
    the others, x before y before z. Each pass reads whole lines and rounds to float32, so passes cannot be shared or
    swapped. Only what the box needs is kept of each.
    """
    kind = np.float32 if voxels.dtype.name in EXACT_IN_SINGLE else np.float64
    image = np.ascontiguousarray(voxels, dtype=kind)
    total = np.zeros([part.stop - part.start for part in box], dtype=np.float32)
    axes = range(voxels.ndim - 1, -1, -1)  # x first
    for axis, spacing in zip(axes, spacing_xyz, strict=True):
        term = filtered(image, axis, second_derivative(float(sigma), float(spacing)), box[axis])
        for other, step in zip(axes, spacing_xyz, strict=True):
            if other != axis:
                term = filtered(term, other, smoothing(float(sigma), float(step)), box[other])
        with np.errstate(invalid="ignore", over="ignore"):  # infinite voxels
            total = (total + term * (1.0 / np.float64(spacing * spacing))).astype(np.float32)
    return total
