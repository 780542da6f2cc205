"""Fixed-size windows of volumes: start indices, contents and block means."""

import math
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from backend.science.types import Size


def window_start(n: int, length: int, middle: int) -> int:
    """Return the first index of a window of `length` around `middle` on an axis of `n`.

    Negative where the axis is shorter than the window.
    """
    if length >= n:
        return -((length - n) // 2)
    return min(max(middle - length // 2, 0), n - length)


def cut(
    array: npt.NDArray[np.floating], starts: Sequence[int], window: Sequence[int], beyond: float = 0.0
) -> npt.NDArray[np.floating]:
    """Copy a window of `array`; voxels beyond the array are `beyond`."""
    out = np.full(window, beyond, dtype=array.dtype)
    source, target = [], []
    for start, length, n in zip(starts, window, array.shape, strict=True):
        first, last = max(start, 0), min(start + length, n)
        source.append(slice(first, last))
        target.append(slice(first - start, last - start))
    out[tuple(target)] = array[tuple(source)]
    return out


def block_mean(array: npt.NDArray[np.floating], factors: Size) -> npt.NDArray[np.floating]:
    """Average over blocks of `factors` voxels (z, y, x); every side must be a multiple of its factor."""
    if factors == (1, 1, 1):
        return array
    d, h, w = (n // factor for n, factor in zip(array.shape, factors, strict=True))
    blocks = array.reshape(d, factors[0], h, factors[1], w, factors[2])
    means: npt.NDArray[np.floating] = blocks.mean(axis=(1, 3, 5))
    return means


def covering_starts(n: int, length: int, overlap: float) -> list[int]:
    """Return first indices of windows of `length` that cover an axis of `n`, evenly spread.

    Windows overlap by at least the share `overlap`. An axis no longer than a window gets one centred window.
    """
    if n <= length:
        return [window_start(n, length, n // 2)]
    step = max(1, int(length * (1.0 - overlap)))
    count = -(-(n - length) // step) + 1
    return [round(i * (n - length) / (count - 1)) for i in range(count)]


def windows(case: npt.NDArray[np.float32], window: Size, overlap: float) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the windows (C, *window) that cover a case (C, D, H, W), zero beyond it."""
    starts = [covering_starts(n, length, overlap) for n, length in zip(case.shape[1:], window, strict=True)]
    for start in product(*starts):
        yield np.stack([cut(channel, start, window) for channel in case])


def window_count(shape: Sequence[int], window: Size, overlap: float) -> int:
    """Count the windows that `windows` yields for a case of D, H, W = `shape`."""
    return math.prod(len(covering_starts(n, length, overlap)) for n, length in zip(shape, window, strict=True))
