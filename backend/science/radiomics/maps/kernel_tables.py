"""Work arrays of the kernel's passes over neighbourhoods (kernel/map.h); made once for a map."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import Array

CELL = np.dtype([("n", "f8"), ("i", "f8"), ("j", "f8"), ("a", "i4"), ("b", "i4")])


def numbering(size: int, ng: int) -> tuple[Array, Array, Array]:
    """Arrays that number the levels of a box of `size` places: number by level and by place, level by number."""
    return tuple(np.zeros(n, dtype=np.uint16) for n in (ng + 1, size, min(size, ng) + 2))  # type: ignore[return-value]


@dataclass(frozen=True)
class Table:
    """A sparse matrix: `cells` (capacity,) records, `place` (rows, side) int32 zeros."""

    cells: Array
    place: npt.NDArray[np.int32]
    side: int

    @classmethod
    def of(cls, rows: int, side: int, most: int) -> "Table":
        """A table of `rows` by `side` numbers from 0, with at most `most` cells."""
        capacity = min(rows * side, most)
        return cls(np.zeros(capacity, dtype=CELL).view(np.uint8), np.zeros((rows, side), dtype=np.int32), side)
