"""The value that a study has of a target, from its clinical cells: a class, a grade, a number, a time with an event.

A study without a value says why: the cell is blank, or it holds something that is no value of the target.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from backend.science.tables.target_cells import cell_text, class_index, event_in, is_blank, number_in
from backend.science.text_format import named, words_only

KINDS = ("class", "ordinal", "number", "survival", "mask")


class TargetColumns(Protocol):
    """What is read of a protocol's target: its kind, its clinical columns, its classes."""

    @property
    def kind(self) -> str:
        """One of KINDS."""

    @property
    def column(self) -> str | None:
        """The column of a class, a grade or a number."""

    @property
    def columns(self) -> tuple[str, str] | None:
        """Time and event of a survival."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, grades in rising order."""


class Survival(NamedTuple):
    """How long a patient was followed, and whether the event ended it."""

    time: float
    event: bool


Value = int | float | Survival


@dataclass(frozen=True, slots=True)
class NoValue:
    """Why a study has no value of a target; `blank` where nobody knows it, else the cell holds something else."""

    reason: str
    blank: bool


def columns_of(target: TargetColumns) -> tuple[str, ...]:
    """The clinical columns that a target is read from; none for a mask."""
    return target.columns or ((target.column,) if target.column else ())


def target_value(target: TargetColumns, cells: Mapping[str, object]) -> Value | NoValue:
    """The value of a target in the clinical cells (texts, numbers, None) of one study, by column.

    A class or grade is its position among the target's classes. Capital and small letters of a column are the same.
    Raises ValueError for a mask, which no column holds.
    """
    if target.kind == "mask":
        raise ValueError("a mask is no clinical column")
    words = {}
    for column in columns_of(target):
        cell = _cell(cells, column)
        if cell is None:
            return NoValue(f"there is no column {shown(column)}", blank=True)
        words[column] = cell
    if target.kind == "survival":
        return _survival(words)
    (column, word), *_ = words.items()
    if target.kind in ("class", "ordinal"):
        place = class_index(word, target.classes)
        if place is not None:
            return place
        return _none(column, word, f"none of {named([shown(name) for name in target.classes], 6)}")
    number = number_in(word)
    return _none(column, word, "no number") if number is None else number


def _survival(words: Mapping[str, str]) -> Survival | NoValue:
    (time_column, time_word), (event_column, event_word) = words.items()
    time, event = number_in(time_word), event_in(event_word)
    if time is None or time <= 0:
        return _none(time_column, time_word, "no time above 0")
    if event is None:
        return _none(event_column, event_word, "no event (0 or 1, no or yes, alive or dead)")
    return Survival(time, event)


def _none(column: str, word: str, expected: str) -> NoValue:
    if is_blank(word):
        return NoValue(f"{shown(column)} is not known", blank=True)
    return NoValue(f"{shown(column)} is {shown(word)!r}, {expected}", blank=False)


def _cell(cells: Mapping[str, object], column: str) -> str | None:
    """The cell of a column as text; None where there is no such column."""
    if column in cells:
        return cell_text(cells[column])
    wanted = column.strip().casefold()
    return next((cell_text(cell) for name, cell in cells.items() if name.strip().casefold() == wanted), None)


def shown(text: str) -> str:
    """A name or cell of a table as a sentence shows it: short, and nothing that could be markup."""
    return words_only(text) or "(signs only)"
