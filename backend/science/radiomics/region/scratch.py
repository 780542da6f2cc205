"""Work arrays reused from one image to the next, because new memory costs a page fault per 4 KB."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Scratch:
    """Named work arrays of one extraction; not thread-safe."""

    def __init__(self) -> None:
        self._kept: dict[str, Array] = {}

    def empty(self, name: str, shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """Return an uninitialised array; it shares memory with the one returned before under this name."""
        size = shape if isinstance(shape, int) else math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size:
            kept = self._kept[name] = np.empty(size, dtype)
        return kept[:size].reshape(shape)
