"""The places of a voxel's neighbourhood (PyRadiomics' kernel), and which of them make pairs, lines and near ones.

A neighbourhood is a box of 2 radius + 1 voxels along each axis, in one plane where an axis is left out. Pairs, lines
and near places end where it ends, as in PyRadiomics, whose matrices see the kernel's box alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from backend.science.types import Size

Step = tuple[int, int, int]
Places = npt.NDArray[np.int16]
Starts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class KernelBox:
    """Voxels at most `radius` away along every axis (z, y, x), not along `left_out`."""

    radius: int
    left_out: int | None = None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Steps (z, y, x) from the voxel to the places, from far to near in PyRadiomics' order, the voxel last."""
        around = [step for step in self._box(self.radius) if any(step)]
        return (*around, (0, 0, 0))

    @property
    def size(self) -> int:
        """Number of places."""
        return len(self.steps)

    @cached_property
    def place_of(self) -> dict[Step, int]:
        """Number of the place at a step."""
        return {step: number for number, step in enumerate(self.steps)}

    def offsets(self, shape: Size) -> npt.NDArray[np.int32]:
        """Distances (size,) of the places from the voxel in an array of this shape."""
        return (np.array(self.steps, dtype=np.int32) @ [shape[1] * shape[2], shape[2], 1]).astype(np.int32)

    def directions(self, distances: tuple[int, ...]) -> tuple[Step, ...]:
        """Steps to half of the places at these distances (the longest of the three parts), the others are opposite.

        Distances that no two voxels of the neighbourhood have make none.
        """
        reach = min(max(distances), 2 * self.radius)
        return tuple(s for s in self._box(reach) if s > (0, 0, 0) and max(map(abs, s)) in distances)

    def pairs(self, directions: Iterable[Step]) -> tuple[Places, Starts]:
        """(place, place one step on) of each direction, (n, 2), and where each direction's begin, (directions + 1,)."""
        found = []
        for direction in directions:
            on = (self._stepped(place, direction) for place in self.steps)
            found.append([(a, b) for a, b in enumerate(on) if b is not None])
        return _joined(found)

    def lines(self) -> tuple[Places, Starts]:
        """Places of all lines along each direction at distance 1, -1 after each line; and where directions begin."""
        found = []
        for direction in self.directions((1,)):
            back = (-direction[0], -direction[1], -direction[2])
            places: list[int] = []
            for first, step in enumerate(self.steps):
                if self._stepped(step, back) is None:
                    on: int | None = first
                    while on is not None:
                        places.append(on)
                        on = self._stepped(self.steps[on], direction)
                    places.append(-1)
            found.append(places)
        return _joined(found)

    def near(self, directions: Iterable[Step]) -> npt.NDArray[np.uint64]:
        """For each place, those one step off, either way, as bits: (size, words of 64)."""
        found = np.zeros((self.size, -(-self.size // 64)), dtype=np.uint64)
        for a, b in self.pairs(directions)[0].tolist():
            found[a, b // 64] |= np.uint64(1 << b % 64)
            found[b, a // 64] |= np.uint64(1 << a % 64)
        return found

    def _box(self, reach: int) -> Iterable[Step]:
        sides = [range(0, -1, -1) if axis == self.left_out else range(reach, -reach - 1, -1) for axis in range(3)]
        return product(*sides)  # type: ignore[return-value] # three sides make triples

    def _stepped(self, start: Step, by: Step) -> int | None:
        return self.place_of.get((start[0] + by[0], start[1] + by[1], start[2] + by[2]))


def _joined(parts: Sequence[Sequence[object]]) -> tuple[Places, Starts]:
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    return np.array([one for part in parts for one in part], dtype=np.int16), starts
