"""Where the voxels of one region are: made once, shared by every image the region is measured on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import STEPS, call

Box = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class MaskIndex:
    """A region inside its bounding box, padded by one voxel on each side.

    `box`: slices of the image (z, y, x); `shape`: of the padded box; `at` (n,) int32: positions of the voxels there in
    raster order; `index`: number of the voxel at a position; `around`: how many of 26 neighbours belong to the region;
    `rows` (n_rows, 2) int32: first voxel and length, to the last voxel, of each row; `offset` (13,) int32: steps.
    """

    box: Box
    shape: tuple[int, int, int]
    at: npt.NDArray[np.int32]
    index: npt.NDArray[np.int32]
    around: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int32]
    offset: npt.NDArray[np.int32]

    @classmethod
    def of(cls, roi: npt.NDArray[np.bool_]) -> "MaskIndex":
        """Index of a region (D, H, W) with at least one voxel."""
        box = bounding_box(roi)
        padded = np.pad(roi[box], 1)
        at = np.flatnonzero(padded).astype(np.int32)
        _, height, width = padded.shape
        offset = (STEPS.astype(np.int32) @ np.array([height * width, width, 1], dtype=np.int32)).astype(np.int32)
        index = np.zeros(padded.size, dtype=np.int32)
        index[at] = np.arange(at.size, dtype=np.int32)
        return cls(box, padded.shape, at, index, _around(padded), _rows(at, width), offset)

    @property
    def voxels(self) -> int:
        """Voxels in the region."""
        return self.at.size

    @property
    def size(self) -> tuple[int, int, int]:
        """Size of the bounding box (z, y, x)."""
        z, y, x = self.shape
        return z - 2, y - 2, x - 2

    @cached_property
    def where(self) -> npt.NDArray[np.int32]:
        """(n,) positions of the voxels in the bounding box without its padding."""
        z, y, x = np.unravel_index(self.at, self.shape)
        return np.ravel_multi_index((z - 1, y - 1, x - 1), self.size).astype(np.int32)

    @cached_property
    def run_directions(self) -> npt.NDArray[np.bool_]:
        """(13,) directions with runs: those in which the box extends, some line holding two voxels of the region.

        PyRadiomics makes no angle along an axis of size 1 and drops an angle all of whose lines hold one voxel at most.
        """
        extends = [all(n > 1 for n, step in zip(self.size, s, strict=True) if step) for s in STEPS]
        return np.array([wide and self._line_of_two(d) for d, wide in enumerate(extends)], dtype=np.bool_)

    def _line_of_two(self, direction: int) -> bool:
        inside = np.zeros(self.index.size, dtype=bool)
        inside[self.at] = True
        if inside[self.at + self.offset[direction]].any():
            return True
        position = np.stack(np.unravel_index(self.at, self.shape), axis=1)
        step = STEPS[direction].astype(int)
        axis = int(np.flatnonzero(step)[0])
        # What does not change along the line names it.
        line = position - position[:, axis : axis + 1] * step * step[axis]
        return len(np.unique(line, axis=0)) < len(line)

    @cached_property
    def components(self) -> int:
        """Connected pieces (26 neighbours)."""
        same = np.zeros(self.index.size, dtype=np.uint16)
        same[self.at] = 1
        bits = np.zeros_like(same)
        bits[self.at] = [0]
        for d, offset in enumerate(self.offset):
            bits[self.at] |= same[self.at - offset] << np.uint16(d)
        lists = [np.empty(self.voxels, dtype=np.int32) for _ in range(3)]
        lists[0][:] = np.arange(self.voxels)
        return int(call("rl_zones", same, bits, self.at, self.voxels, self.offset, self.index, *lists))


def bounding_box(roi: npt.NDArray[np.bool_]) -> Box:
    """Slices (z, y, x) around the voxels of a region (D, H, W)."""
    slices = []
    for axis in range(3):
        held = np.flatnonzero(roi.any(axis=tuple(a for a in range(3) if a != axis)))
        slices.append(slice(int(held[0]), int(held[-1]) + 1))
    return slices[0], slices[1], slices[2]


def _around(padded: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """(padded size,) counts of neighbours, by adding shifted copies along one axis after the other."""
    count = padded.astype(np.uint8)
    for axis in range(3):
        grown = count.copy()
        low: list[slice] = [slice(None)] * 3
        high: list[slice] = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        grown[tuple(low)] += count[tuple(high)]
        grown[tuple(high)] += count[tuple(low)]
        count = grown
    return np.ascontiguousarray(count - padded).ravel()


def _rows(at: npt.NDArray[np.int32], width: int) -> npt.NDArray[np.int32]:
    row = at // width
    first = np.flatnonzero(np.diff(row, prepend=-1))
    last = np.append(first[1:], at.size) - 1
    return np.ascontiguousarray(np.stack([at[first], at[last] - at[first] + 1], axis=1), dtype=np.int32)
