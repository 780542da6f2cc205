"""Local binary patterns in planes around a region: arithmetic of scikit-image 0.26, which PyRadiomics calls by slice.

A pattern compares samples on a circle around a voxel with the voxel itself. Samples are interpolated linearly; beyond
the image lie zeros. T. Ojala, M. Pietikäinen, T. Mäenpää, IEEE Transactions on Pattern Analysis and Machine
Intelligence 24 (2002) 971-987.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.types import Box, FloatArray

METHODS = ("default", "ror", "uniform", "var")
MOST_TURNED = 31  # samples of `ror`: the pattern is turned as an integer of 32 bits


def local_binary_pattern_2d(
    voxels: npt.NDArray[Any], radius: float, samples: int, method: str, axis: int, box: Box
) -> FloatArray:
    """Patterns of `voxels` (D, H, W) inside `box`, in the planes across `axis`, float64.

    `uniform`: how many samples are no smaller than the voxel, `samples` + 1 where they change more than twice around
    it; `var`: the variance of the samples, NaN where it is 0 (older scikit-image divided `uniform` by it);
    `default`: bit i for sample i; `ror`: the smallest number that turning those bits gives. PyRadiomics keeps them in
    the image's own type: see `stored`.
    """
    across = voxels.swapaxes(0, axis)
    sides = [box[0], box[1], box[2]]
    sides[0], sides[axis] = sides[axis], sides[0]
    circle = _Circle(radius, samples, sides[1], sides[2])
    found = np.empty([side.stop - side.start for side in sides])
    for at, plane in zip(range(sides[0].start, sides[0].stop), found, strict=True):
        around = circle.block(across[at])
        plane[...] = _pattern(circle.textures(around), circle.centres(around), method)
    return np.ascontiguousarray(found.swapaxes(0, axis))


def stored(values: FloatArray, dtype: npt.DTypeLike) -> FloatArray:
    """Patterns as PyRadiomics keeps them, in the image's own type: integers without what follows the point.

    NaN where an integer has no value for it (a variance of 0, or one beyond the type): a computer may store anything.
    """
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return values.astype(kind).astype(np.float64)
    limits = np.iinfo(kind)
    whole = np.trunc(values)
    return np.where((whole >= limits.min) & (whole <= limits.max), whole, np.nan)


class _Circle:
    """Samples around the pixels of a part of a plane: rows and columns of the image, as slices."""

    def __init__(self, radius: float, samples: int, rows: slice, columns: slice) -> None:
        angle = 2 * np.pi * np.arange(samples, dtype=np.float64) / samples
        length = float(np.float32(radius))  # scikit-image keeps it in single precision
        self._dy = np.round(-length * np.sin(angle), 5)
        self._dx = np.round(length * np.cos(angle), 5)
        self._rows = np.arange(rows.start, rows.stop)
        self._columns = np.arange(columns.start, columns.stop)
        self._margin = int(np.ceil(length)) + 1

    def block(self, plane: npt.NDArray[Any]) -> FloatArray:
        """The part of a plane with a margin, zeros beyond the image."""
        m = self._margin
        block = np.zeros((self._rows.size + 2 * m, self._columns.size + 2 * m))
        inside = []
        for at, n in zip((self._rows, self._columns), plane.shape, strict=True):
            first, stop = max(at[0] - m, 0), min(at[-1] + m + 1, n)
            inside.append((slice(first, stop), slice(first - at[0] + m, stop - at[0] + m)))
        (from_rows, to_rows), (from_columns, to_columns) = inside
        block[to_rows, to_columns] = plane[from_rows, from_columns]
        return block

    def centres(self, block: FloatArray) -> FloatArray:
        """The pixels themselves."""
        m = self._margin
        return block[m:-m, m:-m]

    def textures(self, block: FloatArray) -> FloatArray:
        """Samples (samples, rows, columns) of the part; weights are those of a pixel's place in the whole image."""
        found = np.empty((self._dy.size, self._rows.size, self._columns.size))
        for sample, (dy, dx) in enumerate(zip(self._dy, self._dx, strict=True)):
            down, right = _fraction(self._rows + dy)[:, None], _fraction(self._columns + dx)
            rows = [self._moved(self._rows, step(dy)) for step in (np.floor, np.ceil)]
            columns = [self._moved(self._columns, step(dx)) for step in (np.floor, np.ceil)]
            upper, lower = ((1 - right) * block[row, columns[0]] + right * block[row, columns[1]] for row in rows)
            found[sample] = (1 - down) * upper + down * lower
        return found

    def _moved(self, places: npt.NDArray[np.intp], by: float) -> slice:
        """The places in a block, moved by whole voxels."""
        first = self._margin + int(by)
        return slice(first, first + places.size)


def _fraction(places: FloatArray) -> FloatArray:
    return places - np.floor(places)


def _pattern(textures: FloatArray, centres: FloatArray, method: str) -> FloatArray:
    """Numbers of patterns (rows, columns) from samples (samples, rows, columns)."""
    with np.errstate(invalid="ignore"):
        above = textures - centres >= 0
    samples = len(above)
    if method in ("default", "ror"):
        weights = 2 ** np.arange(samples, dtype=np.int32)  # a 33rd sample counts nothing, as in scikit-image
        numbers = np.tensordot(weights.astype(np.int64), above.astype(np.int64), axes=1)
        return (numbers if method == "default" else _smallest_turned(numbers, samples)).astype(np.float64)
    if method == "var":
        return _variance(textures)
    changes = (above[1:] != above[:-1]).sum(axis=0)  # between first and last sample none is counted
    return np.where(changes <= 2, above.sum(axis=0), samples + 1).astype(np.float64)


def _variance(textures: FloatArray) -> FloatArray:
    """Mean square less the square of the mean, added sample by sample: scikit-image's bits."""
    total, squares = np.zeros(textures.shape[1:]), np.zeros(textures.shape[1:])
    with np.errstate(invalid="ignore", over="ignore"):
        for sample in textures:
            total += sample
            squares += sample * sample
        variance = (squares - total * total / len(textures)) / len(textures)
    return np.where(variance != 0, variance, np.nan)


def _smallest_turned(numbers: npt.NDArray[np.int64], samples: int) -> npt.NDArray[np.int64]:
    smallest, turned = numbers, numbers
    for _ in range(samples - 1):
        turned = (turned >> 1) | ((turned & 1) << (samples - 1))
        smallest = np.minimum(smallest, turned)
    return smallest
