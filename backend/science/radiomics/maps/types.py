"""Types that the maps of all classes share."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from backend.science.types import FloatArray

Positions = npt.NDArray[np.int32]
"""Positions of voxels in the flat padded crop."""
Pass = Callable[[Positions], FloatArray]
"""One feature of the neighbourhoods of these voxels; the work arrays are its own, so it is for one thread."""
