"""Which voxels a level of the wavelet transform needs, and in which order PyWavelets adds them.

out[i] = sum_j f[j] x[(i + taps/2 - j) mod n] along an axis of n voxels, n even: an odd axis is first made even by
repeating its first voxel at the end.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.types import Box

Range = tuple[int, int]  # first voxel and the one after the last; below 0 and from n on it wraps
Ranges = tuple[Range, Range, Range]


def even(n: int) -> int:
    """The length of an axis once it is even."""
    return n + n % 2


def needed(made: Range, taps: int) -> Range:
    """The input voxels of the output voxels `made`."""
    return made[0] + taps // 2 - taps + 1, made[1] + taps // 2


def ranges_of(box: Box, shape: tuple[int, ...], axes: tuple[int, ...], taps: int, levels: int) -> list[Ranges]:
    """Per level, what it is given; last, the box itself. An axis of which all voxels are needed is held once."""
    found = []
    for axis, (side, n) in enumerate(zip(box, map(even, shape), strict=True)):
        along = [(int(side.start), int(side.stop))]
        for _ in range(levels if axis in axes else 0):
            first, stop = needed(along[0], taps)
            along.insert(0, (first, stop) if stop - first < n else (0, n))
        found.append(along if axis in axes else along * (levels + 1))
    return list(zip(*found, strict=True))


def cut(image: npt.NDArray[Any], ranges: Ranges) -> npt.NDArray[Any]:
    """The voxels of the image in these ranges."""
    for axis, (first, stop) in enumerate(ranges):
        n = image.shape[axis]
        if first >= 0 and stop <= n:
            image = image[(slice(None),) * axis + (slice(first, stop),)]
        else:
            wanted = np.arange(first, stop) % even(n)
            image = image.take(np.where(wanted == n, 0, wanted), axis=axis)
    return image


def extended(block: npt.NDArray[Any], axis: int, held: Range, wanted: Range) -> npt.NDArray[Any]:
    """The block with the range `wanted` along an axis of which it holds that, or all voxels."""
    if held == wanted:
        return block
    return block.take(np.arange(*wanted) % held[1], axis=axis)


def turned(made: Range, n: int, taps: int) -> npt.NDArray[np.int32]:
    """How many terms of each output voxel, the first ones, PyWavelets adds from the last to the first.

    These are the terms that reach beyond the end of the image. Two terms have one sum in either order: 0.
    """
    terms = np.arange(*made) % n + taps // 2 - (n - 1)
    return np.where(terms > 2, terms, 0).astype(np.int32)
