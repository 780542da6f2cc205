"""Embeddings kept whole in one cell of a table: `[0.1, 0.2, ...]` as text, or a list of a Parquet column."""

import json
from collections.abc import Sequence

import numpy as np

from backend.errors import BadTable
from backend.science.types import FloatArray


def list_matrix(cells: Sequence[object], name: str, file: str) -> FloatArray:
    """Lists of one length as a matrix (n_rows, width). Raises BadTable for other cells, naming the first."""
    rows = [_numbers(cell, name, file, row + 2) for row, cell in enumerate(cells)]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        first = next(row for row, found in enumerate(rows) if len(found) != len(rows[0]))
        raise BadTable(
            f"{file}: row {first + 2} of column {name[:80]!r} is a list of {len(rows[first])} numbers and row 2 one of "
            f"{len(rows[0])}; every study needs an embedding of the same width."
        )
    return np.array(rows, dtype=np.float64).reshape(len(rows), widths.pop() if widths else 0)


def _numbers(cell: object, name: str, file: str, row: int) -> FloatArray:
    try:
        found = json.loads(cell) if isinstance(cell, str) else cell
        numbers = np.array(found, dtype=np.float64)
    except (ValueError, TypeError, RecursionError):
        numbers = np.empty((0, 0))
    if numbers.ndim != 1 or not len(numbers):
        raise BadTable(
            f"{file}: row {row} of column {name[:80]!r} is no list of numbers; write it as [0.1, 0.2, 0.3] without "
            "words, or give every dimension a column of its own."
        )
    return numbers
