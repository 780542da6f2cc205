"""Types and constants that every room of science uses."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.intp]
MaskArray = NDArray[np.bool_]
LabelArray = NDArray[np.uint8]
"""A mask as it is stored: 0 and 1, or the numbers of zones."""

Box = tuple[slice, slice, slice]
"""A box of voxels, (z, y, x)."""
Size = tuple[int, int, int]
"""Voxels along three axes."""
Spacing = tuple[float, float, float]
"""Millimetres between voxels."""
Progress = Callable[[str, int, int], None]
"""Called as `progress(step, done, total)`."""

MODALITIES = ("T2", "DWI", "ADC")
"""The images of a case, in the order of an encoder's channels and of radiomics."""
