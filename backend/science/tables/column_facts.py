"""What the columns of a clinical table hold, and which columns name studies and patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.errors import Refusal
from backend.science.tables.id_columns import id_names
from backend.science.tables.options import TableOptions
from backend.science.tables.readers import read_columns
from backend.science.tables.types import Clinical

MOST_CLASSES = 12
"""Distinct values up to which a column can be one of classes."""
MOST = 60
"""Columns that are described."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of a clinical table: `class` has few distinct values, `number` many that are numbers, else `text`."""

    name: str
    kind: Literal["class", "number", "text"]
    n_filled: int
    n_values: int


def columns_of(table: Clinical) -> tuple[ColumnFacts, ...]:
    """Every column in the table's order, besides those of ids."""
    return tuple(_facts(name, words) for name, words in list(table.columns.items())[:MOST])


def ids_in(path: Path, options: TableOptions) -> tuple[str, str]:
    """The columns of study and patient ids; empty where there is none, as in arrays."""
    try:
        study, patient = id_names(read_columns(path, lambda _names: {}).header, options)
    except Refusal:
        return "", ""
    return study or "", patient or ""


def _facts(name: str, words: Sequence[str]) -> ColumnFacts:
    filled = [word.strip() for word in words if word.strip()]
    values = set(filled)
    numbers = bool(filled) and all(_is_number(word) for word in values)
    kind: Literal["class", "number", "text"] = "text"
    if len(values) <= MOST_CLASSES:
        kind = "class"
    elif numbers:
        kind = "number"
    return ColumnFacts(name, kind, len(filled), len(values))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
