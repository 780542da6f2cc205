"""A clinical cell in a query: its text, its number and its truth, as SQLite and PostgreSQL each find them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Double, Float, Integer, String, case, cast, func, null
from sqlalchemy.orm import Session

from backend.models import Case


@dataclass(frozen=True, slots=True)
class ClinicalCell:
    """Expressions of one column of a case.

    Attributes:
        text: the cell as text.
        number: the cell as a number; null where it is none.
        kind: the name of the JSON type of a cell of the table's own columns; null for a field of a case.
    """

    text: ColumnElement[Any]
    number: ColumnElement[Any]
    kind: ColumnElement[Any]

    def is_(self, truth: bool) -> ColumnElement[bool]:
        """Whether the cell is this truth value."""
        return self.kind.in_(("boolean", str(truth).lower())) & (func.lower(self.text).in_(TRUTHS[truth]))


TRUTHS = {True: ("1", "true"), False: ("0", "false")}


def of_field(name: str) -> ClinicalCell:
    """The cell of a field that every case has."""
    column = getattr(Case, name)
    number = cast(column, Double) if isinstance(column.type, Integer | Float) else null()
    return ClinicalCell(cast(column, String), number, null())


def of_column(session: Session, name: str) -> ClinicalCell:
    """The cell of a column that came with the clinical table."""
    if session.get_bind().dialect.name == "postgresql":
        cell = Case.clinical[name]
        text, kind = cell.as_string(), func.json_typeof(cell)
        return ClinicalCell(text, case((kind == "number", cast(text, Double))), kind)
    # a row's JSON spells letters beyond ASCII as escapes, and so must the path
    path = f"$.{json.dumps(name)}"
    cell, kind = func.json_extract(Case.clinical, path), func.json_type(Case.clinical, path)
    return ClinicalCell(cast(cell, String), case((kind.in_(("integer", "real")), cast(cell, Double))), kind)
