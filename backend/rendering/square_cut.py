"""Cuts a square of so many millimetres out of a slice and enlarges it to a square picture; black beyond the image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.errors import BadSettings

MARGIN = 1.7
"""The square is this many widths of its region wide."""
LEAST_MM = 24.0
"""A lesion of a few voxels is shown with what lies around it."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square of `side_mm` around `centre` (row, column, in voxels) of slices with this spacing."""

    centre: tuple[float, float]
    side_mm: float
    spacing_yx_mm: tuple[float, float]

    @classmethod
    def around(
        cls,
        mask: NDArray[np.integer],
        spacing_yx_mm: tuple[float, float],
        side_mm: float | None = None,
        centre_mm: tuple[float, float] | None = None,
    ) -> "Square":
        """The square around all slices of a mask (z, y, x), of a given side or as large as it needs.

        Without a voxel in the mask it is the whole slice. `centre_mm` is right and down from the first voxel. Raises
        BadSettings where nothing of the slice lies in the square.
        """
        flat = np.any(mask, axis=0)
        found = [np.flatnonzero(np.any(flat, axis=axis)) for axis in (1, 0)]
        empty = not found[0].size
        if empty:
            found = [np.arange(length) for length in flat.shape]
        widest = max((each[-1] - each[0] + 1) * mm for each, mm in zip(found, spacing_yx_mm, strict=True))
        row, column = ((each[0] + each[-1]) / 2 for each in found)
        if centre_mm is not None:
            row, column = centre_mm[1] / spacing_yx_mm[0], centre_mm[0] / spacing_yx_mm[1]
        needed = float(widest) if empty else max(LEAST_MM, float(MARGIN * widest))
        square = cls((float(row), float(column)), side_mm or needed, spacing_yx_mm)
        if not square._touches(flat.shape):  # the black beyond the image is made in memory, as far as the centre is
            high, wide = (n * mm for n, mm in zip(flat.shape, spacing_yx_mm, strict=True))
            raise BadSettings(
                f"There is no image around this centre: it is {wide:.0f} x {high:.0f} mm; choose one in it."
            )
        return square

    def _touches(self, shape: tuple[int, ...]) -> bool:
        """Whether a voxel of slices of that shape lies in the square."""
        halves = [self.side_mm / mm / 2 for mm in self.spacing_yx_mm]
        return all(-half < at + 0.5 < n + half for at, half, n in zip(self.centre, halves, shape, strict=True))

    def smooth(self, image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        """A slice as `size` x `size` pixels, interpolated."""
        return self._resized(image, size, Image.Resampling.BICUBIC)

    def blocks(self, image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        """A slice as `size` x `size` pixels, each voxel in its own value."""
        return self._resized(image, size, Image.Resampling.NEAREST)

    def mask(self, mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
        """A mask as `size` x `size` pixels; its border runs where it is half, between voxels."""
        return self._resized(mask.astype(np.uint8) * 255, size, Image.Resampling.BILINEAR) > 127

    def _resized(self, image: NDArray[np.uint8], size: int, how: Image.Resampling) -> NDArray[np.uint8]:
        halves = [self.side_mm / mm / 2 for mm in self.spacing_yx_mm]
        first = [at + 0.5 - half for at, half in zip(self.centre, halves, strict=True)]  # edges of voxels, from 0
        last = [at + 0.5 + half for at, half in zip(self.centre, halves, strict=True)]
        before = [max(0, int(np.ceil(-edge))) for edge in first]
        after = [max(0, int(np.ceil(edge - n))) for edge, n in zip(last, image.shape, strict=True)]
        padded = np.pad(image, list(zip(before, after, strict=True)))
        box = (first[1] + before[1], first[0] + before[0], last[1] + before[1], last[0] + before[0])
        return np.array(Image.fromarray(padded).resize((size, size), how, box=box))
