"""Laplacian of Gaussian around a region (IBSI: LoG), as PyRadiomics computes it on the whole image."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.filters.recursive_gaussian import DECAY, filtered, second_derivative, smoothing
from backend.science.types import Float32Array

Slices = tuple[slice, ...]

LEAST = 4  # voxels along each axis that the recursive filters need
READ_AS = {"int8": np.int16, "uint8": np.int16, "int16": np.int16, "uint16": np.float32, "float32": np.float32}
"""Type -> the narrowest one that the kernel reads and that holds each of its values; float64 for all others."""
# A recursive filter forgets: fed with the same voxels, two of different past come to hold the same bits. At 1.5 voxels
# a sigma all but one line in a thousand do within 50 sigma, and that one differs in a double's last bits. Wider
# filters keep differing in those, which turns one float32 in 100 000: they read whole lines.
FORGETFUL = 1.5
PAST = 50.0


def fits(shape: Sequence[int], spacing_xyz: Sequence[float], sigma: float) -> bool:
    """Whether PyRadiomics filters an image of this shape (z, y, x) with `sigma` mm, or skips it with a warning."""
    if min(shape) < LEAST or sigma <= 0.0:
        return False
    return all(size >= np.ceil(sigma / step) + 1 for size, step in zip(reversed(shape), spacing_xyz, strict=True))


def laplacian_of_gaussian(
    voxels: npt.NDArray[Any], spacing_xyz: Sequence[float], sigma: float, box: Slices
) -> Float32Array:
    """The Laplacian of the Gaussian of `sigma` mm, times sigma², inside `box`; bit for bit as SimpleITK's filter.

    Lines are read where they still count in the box. Where a value is so near 0 that more of them could show, as far
    from everything in an image, or where the image may hold what is no number, all of it is read.
    """
    window = _window(voxels.shape, spacing_xyz, sigma, box)
    if math.prod(part.stop - part.start for part in window) < voxels.size:
        inside = tuple(slice(b.start - w.start, b.stop - w.start) for b, w in zip(box, window, strict=True))
        found = _of_lines(voxels[window], spacing_xyz, sigma, inside)
        if np.abs(found).min() > 2.0**30 * _left_out(voxels, spacing_xyz):
            return found
    return _of_lines(voxels, spacing_xyz, sigma, box)


def _of_lines(voxels: npt.NDArray[Any], spacing_xyz: Sequence[float], sigma: float, box: Slices) -> Float32Array:
    """sigma² (d²/dx² + d²/dy² + d²/dz²) (G * voxels) in `box`, as if the image ended where `voxels` end.

    For each axis the second derivative along it, then smoothing along the others, x before y before z. Each pass
    rounds to float32, so passes cannot be shared or swapped. Only what the box needs is kept of each.
    """
    image = np.ascontiguousarray(voxels, dtype=READ_AS.get(voxels.dtype.name, np.float64))
    total = np.zeros([part.stop - part.start for part in box], dtype=np.float32)
    axes = [(axis, float(step)) for axis, step in zip(range(voxels.ndim - 1, -1, -1), spacing_xyz, strict=True)]
    for axis, spacing in axes:
        term = filtered(image, axis, second_derivative(float(sigma), spacing), box[axis])
        for other, step in axes:
            if other != axis:
                term = filtered(term, other, smoothing(float(sigma), step), box[other])
        with np.errstate(invalid="ignore", over="ignore"):  # infinite voxels
            total = (total + term * (1.0 / np.float64(spacing * spacing))).astype(np.float32)
    return total


def _window(shape: Sequence[int], spacing_xyz: Sequence[float], sigma: float, box: Slices) -> Slices:
    """The part of the image of which the box may hold a trace."""
    window = []
    for part, step, size in zip(box, reversed(spacing_xyz), shape, strict=True):
        scale = sigma / step
        margin = math.ceil(PAST * scale) + LEAST if scale <= FORGETFUL else size
        window.append(slice(max(0, part.start - margin), min(size, part.stop + margin)))
    return tuple(window)


def _left_out(voxels: npt.NDArray[Any], spacing_xyz: Sequence[float]) -> float:
    """An upper bound of what all voxels beyond the window add to a value; NaN where the image holds no numbers."""
    extent = 2.0**16 if voxels.dtype.itemsize <= 2 else float(voxels.max()) - float(voxels.min())
    return 32.0 * extent * math.exp(-DECAY * PAST) * sum(1.0 / (step * step) for step in spacing_xyz)
