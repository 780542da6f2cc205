"""The clinical columns that a cohort's cases have: their values for a choice, and the cases that hold one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.models import Case
from backend.queries.clinical_cells import of_column, of_field
from backend.storage.case_cells import COMPUTED, FIELDS
from backend.storage.cohort_protocol import UnknownName
from shared import schemas as s

MOST_VALUES = 60
"""Different values of a column that are listed."""


def clinical_columns(session: Session, cohort_id: str) -> list[s.CohortColumn]:
    """Every column that an accepted case has a cell of, in the order of the fields and then of their names."""
    cells = _cells(session, cohort_id)
    return [_described(name, values) for name, values in cells.items() if values]


def _cells(session: Session, cohort_id: str) -> dict[str, list[Any]]:
    rows = session.execute(
        select(*(getattr(Case, name) for name in FIELDS), Case.clinical)
        .where(Case.cohort_id == cohort_id, Case.status == "accepted")
        .order_by(Case.study_id)
    ).all()
    found: dict[str, list[Any]] = {name: [] for name in FIELDS}
    for *fields, clinical in rows:
        others = {name: cell for name, cell in clinical.items() if name not in COMPUTED and '"' not in name}
        for name, cell in {**dict(zip(FIELDS, fields, strict=True)), **others}.items():
            found.setdefault(name, [])
            found[name] += [] if cell is None else [cell]
    names = [*FIELDS, *sorted(found.keys() - {*FIELDS})]
    return {name: found[name] for name in names}


def _described(name: str, values: list[Any]) -> s.CohortColumn:
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values):
        return s.CohortColumn(name=name, kind="number", n=len(values), low=min(numbers), high=max(numbers))
    words = sorted({_word(value) for value in values})
    return s.CohortColumn(name=name, kind="class", n=len(values), values=words[:MOST_VALUES])


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Asked:
    """A filter as it was asked for: `column:value`, or `column:low..high` of numbers."""

    column: str
    value: str

    @classmethod
    def of(cls, text: str, known: list[str]) -> "Asked":
        """The filter in a text, by the columns there are. Raises UnknownName."""
        lowered = text.lower()
        for name in sorted(known, key=len, reverse=True):
            if lowered.startswith(f"{name.lower()}:"):
                return cls(name, text[len(name) + 1 :].strip())
        there = ", ".join(known) or "none"
        raise UnknownName(f"There is no clinical column {text.partition(':')[0][:40]!r}; there is {there}.")

    def condition(self, session: Session) -> ColumnElement[bool]:
        """Whether a case's cell is the value, or lies in the range."""
        ends = [_number(end) for end in self.value.split("..")]
        cell = of_field(self.column) if self.column in FIELDS else of_column(session, self.column)
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            return cell.number.between(ends[0], ends[1])
        # SQLite's lower knows the letters of ASCII alone
        same = or_(cell.text == self.value, func.lower(cell.text) == self.value.lower())
        truth = {"yes": True, "no": False}.get(self.value.lower())
        if truth is not None and self.column not in FIELDS:
            same = or_(same, cell.is_(truth))
        return same if ends[0] is None else or_(same, cell.number == ends[0])


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def matching(session: Session, cohort_id: str, asked: Sequence[str]) -> list[ColumnElement[bool]]:
    """The conditions of filters on clinical columns.

    Raises UnknownName for a column that no case has, BadSettings for a value that a column of numbers cannot hold.
    """
    if not asked:
        return []
    known = {name: values for name, values in _cells(session, cohort_id).items() if values}
    filters = [Asked.of(text, list(known)) for text in asked]
    for one in filters:
        _check(one, _described(one.column, known[one.column]))
    return [one.condition(session) for one in filters]


def _check(asked: Asked, column: s.CohortColumn) -> None:
    """Raises BadSettings for words in a column of numbers, and for a range whose ends are the wrong way round."""
    if column.kind != "number":
        return
    parts = asked.value.split("..")
    ends = [end for end in map(_number, parts) if end is not None]
    if len(parts) > 2 or len(ends) < len(parts) or ends != sorted(ends):
        raise BadSettings(
            f"{asked.column} holds numbers from {column.low:g} to {column.high:g}; {asked.value[:40]!r} is none, nor a "
            f"range of them. Write {asked.column}:{column.low:g}, or {asked.column}:{column.low:g}..{column.high:g}."
        )
