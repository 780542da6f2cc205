"""Subgroups of a cohort: conditions, checked against its columns, and the cases that hold all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.models import Cohort
from backend.queries.subgroup_cells import Cell, Column, Study, columns_of, described, studies_of
from backend.science.text_format import counted, named
from backend.storage.cohort_protocol import UnknownName, protocol_of
from shared import schemas as s
from shared.conditions import BadConditions, Beyond, Condition, OneOf, Span, Value, number_of, read, write, written
from shared.subgroup_words import conditions_words

SPELLINGS = {"centre": "center"}
"""What people write for a column that has a field."""
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Chosen:
    """The accepted studies of a subgroup; `where` in its one spelling, `words` for sentences."""

    where: str
    words: str
    study_ids: tuple[str, ...]
    n_patients: int
    n_studies_all: int
    n_patients_all: int


def chosen(session: Session, cohort: Cohort, where: str) -> Chosen:
    """The studies that an analysis of a subgroup reads.

    Raises BadSettings for a text that is no conditions or asks a column for what it cannot hold, UnknownName for a
    column that no case has.
    """
    studies = studies_of(session, cohort)
    conditions = resolved(where, columns_of(studies))
    accepted, asked = [one for one in studies if one.accepted], [_Asked.of(one) for one in conditions]
    kept = [one for one in accepted if not _stopped_by(one, asked)]
    words = conditions_words(protocol_of(cohort), conditions)
    studies_kept, patients = tuple(one.study_id for one in kept), {one.patient_id for one in kept}
    return Chosen(write(conditions), words, studies_kept, len(patients), len(accepted), _patients(accepted))


def subgroup(session: Session, cohort: Cohort, where: str | None) -> s.Subgroup:
    """A subgroup with its cases and what can be asked of each column. Raises as `chosen` does."""
    studies, protocol = studies_of(session, cohort), protocol_of(cohort)
    columns = columns_of(studies)
    conditions = () if where is None else resolved(where, columns)
    asked = [_Asked.of(one) for one in conditions]
    stopped = {one.case_id: _stopped_by(one, asked) for one in studies}  # asked once, not once for each column
    kept = [one for one in studies if not stopped[one.case_id]]
    accepted, all_accepted = ([one for one in part if one.accepted] for part in (kept, studies))
    words = conditions_words(protocol, conditions)
    others = {name: {case_id for case_id, by in stopped.items() if by <= {name}} for name in columns}
    return s.Subgroup(
        cohort_id=cohort.id,
        where=write(conditions) or None,
        words=words,
        sentence=_sentence(words, accepted, all_accepted),
        n_cases=len(accepted),
        n_patients=_patients(accepted),
        n_cases_all=len(all_accepted),
        n_patients_all=_patients(all_accepted),
        case_ids=[one.case_id for one in accepted],
        study_ids=[one.study_id for one in accepted],
        other_case_ids=[one.case_id for one in kept if not one.accepted],
        columns=[described(column, studies, others[name], protocol) for name, column in columns.items()],
    )


def resolved(where: str, columns: Mapping[str, Column]) -> tuple[Condition, ...]:
    """The conditions of a text in their one spelling: columns and classes as the cohort has them, in a fixed order."""
    try:
        asked = read(where)
    except BadConditions as error:
        raise BadSettings(str(error)) from error
    return tuple(sorted({_checked(one, _column(one.column, columns)) for one in asked}, key=str))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A condition made ready to be asked of many studies; its words are in small letters."""

    condition: Condition
    cells: frozenset[Cell] = frozenset()
    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, condition: Condition) -> Self:
        if isinstance(condition, Beyond):
            return cls(condition)
        words = [one for one in condition.values if isinstance(one, str)]
        numbers = [number for one in words if (number := number_of(one)) is not None]
        spans = tuple(one for one in condition.values if isinstance(one, Span))
        return cls(condition, frozenset((*numbers, *(one.casefold() for one in words))), spans)

    def holds(self, cell: Cell | None) -> bool:
        asked = self.condition
        if isinstance(asked, Beyond):
            if not isinstance(cell, float):
                return False
            low, equal = cell < asked.bound, cell == asked.bound
            return {"<": low, "<=": low or equal, ">": not (low or equal), ">=": not low}[asked.sign]
        if cell is None:
            return asked.wanted and None in asked.values
        if isinstance(cell, str):
            return (cell.casefold() in self.cells) == asked.wanted
        return (cell in self.cells or any(one.low <= cell <= one.high for one in self.spans)) == asked.wanted


def _stopped_by(study: Study, asked: Sequence[_Asked]) -> set[str]:
    """The columns whose conditions a study does not hold; two are enough, for then no other column's keep it."""
    columns = set[str]()
    for one in asked:
        name = one.condition.column
        if name not in columns and not one.holds(study.cells.get(name)):
            columns.add(name)
            if len(columns) > 1:
                break
    return columns


def _column(asked: str, columns: Mapping[str, Column]) -> Column:
    """The column that a condition means, capital and small letters alike where only one is so. Raises UnknownName."""
    wanted = asked.casefold()
    alike = [name for name in columns if name.casefold() in (wanted, SPELLINGS.get(wanted))]
    name = asked if asked in columns else alike[0] if len(alike) == 1 else None
    if name is None:
        what = f"has several columns {asked[:40]!r}" if alike else f"has no column {asked[:40]!r}"
        raise UnknownName(f"This cohort {what}; conditions can name {named(alike or list(columns), MOST_NAMED)}.")
    return columns[name]


def _checked(condition: Condition, column: Column) -> Condition:
    """The condition in its one spelling. Raises BadSettings for what the column cannot hold."""
    if column.kind == "number":
        return _of_numbers(condition, column)
    there = named(list(column.words.values()), MOST_NAMED)
    if isinstance(condition, Beyond) or any(isinstance(one, Span) for one in condition.values):
        raise BadSettings(f"{column.name} holds no numbers to compare; it has {there}.")
    spelled = set[str | None]()
    for value in condition.values:
        word = None if value is None else column.words.get(str(value).casefold())
        if value is not None and word is None:
            raise BadSettings(f"No case has {str(value)[:40]!r} in {column.name}; it has {there}.")
        spelled.add(word)
    return OneOf(column.name, tuple(sorted(spelled, key=lambda word: (word is None, word))), condition.wanted)


def _of_numbers(condition: Condition, column: Column) -> Condition:
    if isinstance(condition, Beyond):
        return Beyond(column.name, condition.sign, condition.bound)
    values = set[Value]()
    for value in condition.values:
        number = number_of(value) if isinstance(value, str) else None
        if isinstance(value, str) and number is None:
            raise BadSettings(
                f"{column.name} holds numbers from {written(column.numbers[0])} to {written(column.numbers[-1])}; "
                f"{value[:40]!r} is none. Write {column.name}=LOW..HIGH, or {column.name}>NUMBER."
            )
        values.add(value if number is None else written(number))
    return OneOf(column.name, tuple(sorted(values, key=_place)), condition.wanted)


def _place(value: Value) -> tuple[bool, float, float]:
    if value is None:
        return True, 0.0, 0.0
    return (False, value.low, value.high) if isinstance(value, Span) else (False, float(value), float(value))


def _patients(studies: Sequence[Study]) -> int:
    return len({one.patient_id for one in studies})


def _sentence(words: str, kept: Sequence[Study], everybody: Sequence[Study]) -> str:
    """`48 of 120 patients (50 of 124 studies): PSA above 10.`"""
    if not words:
        return f"All {_counted(everybody)}."
    n, n_all = _patients(kept), _patients(everybody)
    studies = "" if (len(kept), len(everybody)) == (n, n_all) else f" ({len(kept)} of {len(everybody)} studies)"
    return f"{n} of {counted(n_all, 'patient')}{studies}: {words}."


def _counted(studies: Sequence[Study]) -> str:
    n = _patients(studies)
    repeated = "" if n == len(studies) else f" with {counted(len(studies), 'study', 'studies')}"
    return f"{counted(n, 'patient')}{repeated}"
