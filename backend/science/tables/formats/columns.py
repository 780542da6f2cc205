"""The content of a table file before anything is made of it, and what its columns are wanted as."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadFile, BadTable
from backend.science.types import FloatArray

MAX_VALUES = 500_000_000
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "#n/a", "#n/d", "#value!", "#div/0!"})

Kind = Literal["text", "number", "list"]
Plan = Callable[[Sequence[str]], Mapping[str, Kind]]
"""Names of a file's columns -> what each wanted one is read as; a name that is left out is not read."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A column, array or sheet that was not used, and why."""

    name: str
    why: str


@dataclass(slots=True)
class Columns:
    """Content of a table file: text columns, numeric columns (n_rows, n_columns), and matrices by name."""

    file: str
    n_rows: int = 0
    sha256: str = ""
    text: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    values: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    matrices: dict[str, FloatArray] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)
    """Every name in the file, whether it was read or not."""
    notes: list[str] = field(default_factory=list)
    unused: list[Unused] = field(default_factory=list)
    """Arrays and sheets that the reader of the format left out."""
    numeric_ids: frozenset[str] = frozenset()
    """Text columns whose cells the file holds as numbers, so that a leading zero would be lost."""


def number_of(cell: str, name: str, file: str, row: int) -> float:
    """The number a cell holds, NaN where it is blank. Raises BadTable that says what stands there instead."""
    word = cell.strip()
    if word.lower() in MISSING:
        return float("nan")
    try:
        return float(word.replace("_", "no digit"))  # float() would read 1_000 as a thousand
    except ValueError:
        raise BadTable(f"{file}: row {row} of column {name[:80]!r} holds {cell[:40]!r}, {_what(word)}") from None


def _what(word: str) -> str:
    if word.startswith(("np.", "tensor(", "array(")):
        return "which is how Python prints a number; write the number alone."
    bare = word.replace(",", "").replace(".", "").lstrip("+-")
    if bare.isdigit() and ("," in word or word.count(".") > 1):
        return "a number with a comma or with separators of thousands; write it with a decimal point and none of these."
    return "which is no number; correct it or leave it empty."


def floats(array: NDArray[Any], name: str, file: str) -> FloatArray:
    """An array as float64; words are parsed, and refused (BadTable) where they are no numbers."""
    if array.dtype.kind in "biuf":
        with np.errstate(all="ignore"):  # odd NaNs of narrower types warn
            return array.astype(np.float64)
    cells = ["" if cell is None else cell if isinstance(cell, str) else str(cell) for cell in array.ravel().tolist()]
    numbers = [number_of(cell, name, file, row + 2) for row, cell in enumerate(cells)]
    return np.array(numbers, dtype=np.float64).reshape(array.shape)


def words(array: NDArray[Any]) -> list[str]:
    """The cells of a column as text; a whole decimal number is written without its point only by `id_columns`."""
    return [word(cell) for cell in array.ravel().tolist()]


def word(cell: object) -> str:
    """One cell as text; blank where nothing stands there."""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="strict")
    return "" if cell is None or cell != cell else str(cell)


def check_size(n_values: int, file: str) -> None:
    """Refuses (BadFile) a file that unpacks to more than can be meant."""
    if n_values > MAX_VALUES:
        raise BadFile(f"{file}: the file unpacks to {n_values:,} values, more than {MAX_VALUES:,}; split or reduce it.")


def check_unique(names: Sequence[str], wanted: Mapping[str, Kind], file: str) -> None:
    """Refuses (BadTable) a text column that stands twice; equal numeric columns are compared later."""
    for name in (name for name, kind in wanted.items() if kind != "number"):
        if names.count(name) > 1:
            raise BadTable(f"{file}: the column {name[:80]!r} stands twice; keep one.")
