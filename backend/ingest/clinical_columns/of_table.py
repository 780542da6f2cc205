"""The other columns of a clinical table of imported tables: numbers and classes are kept, dates and people not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.ingest.clinical_columns.hidden_ids import hides_ids
from backend.ingest.clinical_columns.kept import MEASURED, judged_cells
from backend.ingest.clinical_columns.kinds import Value, is_blank, kind_of, value_of
from backend.ingest.identifiers.columns import column_holds
from backend.ingest.identifiers.gate import dropped
from backend.ingest.identifiers.judge import judge_cell


@dataclass(frozen=True, slots=True)
class OtherColumns:
    """Column -> a value for each row, None where it is blank; and the columns left out, each with the reason."""

    values: Mapping[str, Sequence[Value | None]]
    left_out: Mapping[str, str]

    @property
    def dropped(self) -> list[str]:
        """The columns left out with the reason; those about people are only counted by kind."""
        plain = [f"{name} ({reason})" for name, reason in self.left_out.items() if not column_holds(name)]
        return [*plain, *dropped([name for name in self.left_out if column_holds(name)])]

    def of(self, place: int) -> dict[str, Value]:
        """The filled cells of a row."""
        return {name: value for name, column in self.values.items() if (value := column[place]) is not None}


def other_columns(columns: Mapping[str, Sequence[str]], known: frozenset[str]) -> OtherColumns:
    """Judge the columns of a table that are not `known` (small letters), each from all its cells."""
    values: dict[str, list[Value | None]] = {}
    left_out: dict[str, str] = {}
    for name, words in columns.items():
        if name.strip().lower() in known:
            continue
        cells = [word.strip() for word in words]
        reason = _reason(name, [cell for cell in cells if not is_blank(cell)])
        if reason in ("numbers", "classes"):
            read = value_of if reason == "numbers" else str
            values[name.strip()] = [None if is_blank(cell) else read(cell) for cell in cells]
        else:
            left_out[name.strip()] = reason
    return OtherColumns(values, left_out)


def _reason(name: str, filled: list[str]) -> str:
    """`numbers` or `classes`; else why the column is left out."""
    if name.strip().lower() in MEASURED:
        return "named as what is measured in images"
    if not filled:
        return "empty"
    if not name.strip():
        return "without a name"
    kind = kind_of(filled, name)
    if kind not in ("numbers", "classes"):
        return kind
    if column_holds(name) or hides_ids(name, filled) or any(judge_cell(cell) for cell in judged_cells(name, filled)):
        return "may identify people"
    return kind
