"""Arrays that passes write into, kept from one image to the next: fresh memory costs a page fault each 4 KB."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Scratch:
    """Named arrays of one extraction; not for two threads."""

    def __init__(self) -> None:
        self._kept: dict[str, Array] = {}

    def empty(self, name: str, shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """An array with any contents; what was asked for by this name before is overwritten with it."""
        size = shape if isinstance(shape, int) else math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size:
            kept = self._kept[name] = np.empty(size, dtype)
        return kept[:size].reshape(shape)
