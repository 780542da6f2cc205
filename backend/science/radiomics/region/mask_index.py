"""Index arrays of one region, computed once and shared by all images the region is measured on."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import SLACK, STEPS, call
from backend.science.radiomics.region.neighbourhood import Neighbourhood
from backend.science.radiomics.region.scratch import Scratch
from backend.science.types import Box


@dataclass(eq=False)
class MaskIndex:
    """A region inside its bounding box, padded on each side by `reach` voxels, by default one.

    `box`: slices of the image (z, y, x); `shape`: of the padded box; `at` (n,) int32: positions of the voxels there in
    raster order; `around`: how many neighbours belong to the region; `rows` (n_rows, 2) int32: first voxel and
    length, to the last voxel, of each row; `spans` (n_spans, 2) int32: the same of each stretch without a gap; `steps`
    (n_d, 3): the directions (z, y, x) to later neighbours, and `offset` (n_d,) int32: from position to position.
    `levels`, `bits` (padded box and some more,) and `chains` (3, the same) uint16: the region in
    grey levels of the image being measured, its voxels' equal neighbours, and longer runs of equal voxels, 0 outside;
    `scratch`: other work arrays.
    `components`: pieces connected along `steps`.
    """

    box: Box
    shape: tuple[int, int, int]
    at: npt.NDArray[np.int32]
    around: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int32]
    spans: npt.NDArray[np.int32]
    steps: npt.NDArray[np.int8]
    offset: npt.NDArray[np.int32]
    levels: npt.NDArray[np.uint16]
    bits: npt.NDArray[np.uint16]
    chains: npt.NDArray[np.uint16]
    scratch: Scratch = field(default_factory=Scratch)
    reach: int = 1
    components: int = field(init=False)
    touching: int = field(init=False)  # bit d: some voxel has a neighbour in direction d
    _others: "dict[tuple[int | None, int], MaskIndex]" = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Measure the region as an image of one grey level."""
        self.levels[self.at] = 1
        counts = np.zeros((4, 27), dtype=np.uint32), np.zeros((4, 27), dtype=np.int64)
        call(
            *(
                "rl_neighbours",
                self.levels,
                self.rows,
                len(self.rows),
                self.offset,
                len(self.offset),
                self.around,
                0,
                1,
            ),
            *(self.bits, *counts),
        )
        self.touching = int(np.bitwise_or.reduce(self.bits[self.at]))
        self.components = self.zones()[0]

    @classmethod
    def of(cls, roi: npt.NDArray[np.bool_]) -> "MaskIndex":
        """Build the index of a region (D, H, W) with at least one voxel."""
        box = bounding_box(roi)
        return cls._of_padded(box, np.pad(roi[box], 1), STEPS, Scratch(), 1)

    @classmethod
    def _of_padded(
        cls, box: Box, padded: npt.NDArray[np.bool_], steps: npt.NDArray[np.int8], scratch: Scratch, reach: int
    ) -> "MaskIndex":
        at = np.flatnonzero(padded).astype(np.int32)
        width = padded.shape[2]
        offset = _offsets(steps, padded.shape)
        first = np.flatnonzero(np.diff(at, prepend=-2) > 1)
        spans = np.stack([at[first], np.diff(first, append=at.size)], axis=1).astype(np.int32)
        levels, bits, *chains = np.zeros((5, padded.size + SLACK), dtype=np.uint16)
        around = _around(padded, steps)
        return cls(
            *(box, padded.shape, at, around, _rows(spans, width), spans, steps, offset, levels, bits),
            *(np.array(chains), scratch, reach),
        )

    def within(self, neighbourhood: Neighbourhood) -> "MaskIndex":
        """The index of this region with other neighbours; made once, and this one where they are the same."""
        key = neighbourhood.flat, neighbourhood.reach(self.size)
        if key == (None, self.reach):
            return self
        if key not in self._others:
            padded = np.zeros(self.shape, dtype=np.bool_)
            padded.ravel()[self.at] = True
            padded = np.pad(padded, key[1] - self.reach)
            self._others[key] = MaskIndex._of_padded(self.box, padded, neighbourhood.steps, self.scratch, key[1])
        return self._others[key]

    def offset_of(self, steps: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """Steps (n, 3) (z, y, x), no longer than `reach`, from position to position, (n,)."""
        return _offsets(steps, self.shape)

    @cached_property
    def extends(self) -> npt.NDArray[np.bool_]:
        """Whether the box extends along each direction, (n_d,); PyRadiomics makes no other angles."""
        return np.array([all(n > 1 for n, step in zip(self.size, s, strict=True) if step) for s in self.steps])

    @property
    def voxels(self) -> int:
        """Number of voxels in the region."""
        return self.at.size

    @property
    def size(self) -> tuple[int, int, int]:
        """Size of the bounding box (z, y, x)."""
        z, y, x = (n - 2 * self.reach for n in self.shape)
        return z, y, x

    def starts_in(self, box: Box) -> npt.NDArray[np.int32]:
        """First positions (n_spans,) of the spans in `box`, a box that contains the region's own."""
        z, y, x = (
            place - self.reach + own.start - side.start
            for place, own, side in zip(np.unravel_index(self.spans[:, 0], self.shape), self.box, box, strict=True)
        )
        height, width = (side.stop - side.start for side in box[1:])
        return np.ascontiguousarray((z * height + y) * width + x, dtype=np.int32)

    @cached_property
    def run_directions(self) -> npt.NDArray[np.bool_]:
        """Directions with runs, (13,) bool: the box extends along them and a line holds two voxels of the region.

        PyRadiomics makes no angle along an axis of size 1 and drops an angle all of whose lines hold one voxel at most.
        """
        return np.array(
            [wide and (bool(self.touching >> d & 1) or self._line_of_two(d)) for d, wide in enumerate(self.extends)],
            dtype=np.bool_,
        )

    def _line_of_two(self, direction: int) -> bool:
        position = np.stack(np.unravel_index(self.at, self.shape), axis=1)
        step = self.steps[direction].astype(int)
        axis = int(np.flatnonzero(step)[0])
        # A line is identified by the coordinates that do not change along it.
        line = position - position[:, axis : axis + 1] * step * step[axis]
        return len(np.unique(line, axis=0)) < len(line)

    def zones(self) -> tuple[int, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Zones of equal level of the image in `levels` and `bits`: their number, and level and size of each, (n,)."""
        parent = self.scratch.empty("parent", self.levels.size, np.int32)
        level, size = (self.scratch.empty(name, self.voxels + 1, np.int32) for name in ("zone level", "zone size"))
        found = call(
            "rl_zones", self.levels, self.bits, self.at, self.voxels, self.offset, len(self.offset), parent, level, size
        )
        return int(found), level, size


def bounding_box(roi: npt.NDArray[np.bool_]) -> Box:
    """Slices (z, y, x) around the voxels of a region (D, H, W)."""
    z = _extent(roi.any(axis=(1, 2)))
    y = _extent(roi[z].any(axis=(0, 2)))
    x = _extent(roi[z, y].any(axis=(0, 1)))
    return z, y, x


def _extent(held: npt.ArrayLike) -> slice:
    where = np.flatnonzero(held)
    return slice(int(where[0]), int(where[-1]) + 1)


def _offsets(steps: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    stride = np.array([shape[1] * shape[2], shape[2], 1], dtype=np.int32)
    return np.ascontiguousarray(steps.astype(np.int32) @ stride, dtype=np.int32)


def _around(padded: npt.NDArray[np.bool_], steps: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """(padded size,) counts of neighbours, by adding shifted copies along one axis of `steps` after the other."""
    count = padded.astype(np.uint8)
    for axis in np.flatnonzero(steps.any(axis=0)):
        grown = count.copy()
        low: list[slice] = [slice(None)] * 3
        high: list[slice] = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        grown[tuple(low)] += count[tuple(high)]
        grown[tuple(high)] += count[tuple(low)]
        count = grown
    return np.ascontiguousarray(count - padded).ravel()


def _rows(spans: npt.NDArray[np.int32], width: int) -> npt.NDArray[np.int32]:
    first = np.flatnonzero(np.diff(spans[:, 0] // width, prepend=-1))
    last = np.append(first[1:], len(spans)) - 1
    start = spans[first, 0]
    return np.ascontiguousarray(np.stack([start, spans[last].sum(axis=1) - start], axis=1), dtype=np.int32)
