"""Types of arrays and callbacks that every room of science uses."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.intp]
MaskArray = NDArray[np.bool_]

Box = tuple[slice, slice, slice]
"""A box of voxels, (z, y, x)."""
Spacing = tuple[float, float, float]
"""Millimetres between voxels."""
Progress = Callable[[str, int, int], None]
"""Called as `progress(step, done, total)`."""
