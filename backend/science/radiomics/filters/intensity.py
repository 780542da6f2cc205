"""Filters of single voxels: square, square root, logarithm and exponential, in PyRadiomics' arithmetic.

Each scales by the largest |x| of the whole image, so that the result has the image's range; each returns float64. An
image of zeros has no such scale: all values are NaN, as PyRadiomics', except the square root, which is 0. A NaN
anywhere in the image makes every value NaN, except a square root of 0.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.types import Box, FloatArray

Image = npt.NDArray[Any]
Filter = Callable[[Image, Box], FloatArray]


def square(voxels: Image, box: Box) -> FloatArray:
    """(x / sqrt(max |x|))^2 inside `box`."""
    with np.errstate(all="ignore"):
        factor = 1 / np.sqrt(_largest(voxels))
        found: FloatArray = np.square(factor * _inside(voxels, box))
        return found


def square_root(voxels: Image, box: Box) -> FloatArray:
    """sqrt(max |x| x) inside `box`, with the sign of x."""
    with np.errstate(all="ignore"):
        largest, x = _largest(voxels), _inside(voxels, box)
        return np.where(x == 0, 0.0, np.copysign(np.sqrt(np.abs(x) * largest), x))  # 0 stays 0 under any scale


def logarithm(voxels: Image, box: Box) -> FloatArray:
    """log(|x| + 1) inside `box`, with the sign of x, scaled to the image's range."""
    with np.errstate(all="ignore"):
        # The logarithm grows with |x|, so that its largest value in the whole image is at one of the two ends.
        ends = _logarithm(_ends(voxels))
        factor = _largest(voxels) / np.max(np.abs(ends))
        found: FloatArray = _logarithm(_inside(voxels, box)) * factor
        return found


def exponential(voxels: Image, box: Box) -> FloatArray:
    """exp(c x) inside `box`, c = log(max |x|) / max |x|."""
    with np.errstate(all="ignore"):
        largest = _largest(voxels)
        found: FloatArray = np.exp(np.log(largest) / largest * _inside(voxels, box))
        return found


INTENSITY_FILTERS: dict[str, Filter] = {
    "Square": square,
    "SquareRoot": square_root,
    "Logarithm": logarithm,
    "Exponential": exponential,
}
"""PyRadiomics' name of an image type -> its filter."""


def _ends(voxels: Image) -> FloatArray:
    """Smallest and largest value of the whole image, (2,); taken in its own type, so that no copy is made."""
    return np.array([voxels.min(), voxels.max()], dtype=np.float64)


def _largest(voxels: Image) -> np.float64:
    found: np.float64 = np.max(np.abs(_ends(voxels)))
    return found


def _inside(voxels: Image, box: Box) -> FloatArray:
    """A contiguous copy of the box."""
    return np.array(voxels[box], dtype=np.float64, order="C")


def _logarithm(x: FloatArray) -> FloatArray:
    found: FloatArray = np.copysign(np.log(np.abs(x) + 1), x)
    return found
