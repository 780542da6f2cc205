"""The cells that conditions on a cohort's cases are checked against, by column, and what each column holds."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Case, Cohort
from backend.storage.case_cells import COMPUTED, FIELDS, clinical_cells
from backend.storage.cohort_protocol import protocol_of
from backend.storage.region_volumes import volumes_ml
from shared import schemas as s
from shared.conditions import written
from shared.schemas.protocol import Protocol
from shared.subgroup_words import PATIENT, STUDY, column_words, unit_of

Cell = str | float
IDS = (STUDY, PATIENT)
MOST_VALUES = 60
"""Values of a column that are listed."""
FEW_NUMBERS = 12
"""Different numbers that are listed one by one, as grades are."""


@dataclass(frozen=True, slots=True)
class Study:
    """A case and its cells; what is not known has none."""

    case_id: str
    study_id: str
    patient_id: str
    accepted: bool
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the cohort holds; `words` are its values in small letters, of classes."""

    name: str
    kind: Literal["number", "class"]
    numbers: tuple[float, ...] = ()
    words: dict[str, str] = field(default_factory=dict)
    """Value in small letters -> as it is written first."""


def studies_of(session: Session, cohort: Cohort) -> list[Study]:
    """Every case of a cohort by study id, refused and excluded ones too."""
    protocol, row = protocol_of(cohort), Case
    columns = [getattr(row, name) for name in (*FIELDS, "gland_ml", "lesion_ml")]
    read = select(row.id, row.study_id, row.patient_id, row.status, row.clinical, row.volumes_ml, *columns)
    cases = session.execute(read.where(row.cohort_id == cohort.id).order_by(row.study_id)).all()
    return [
        Study(case.id, case.study_id, case.patient_id, case.status == "accepted", _cells(cast("Case", case), protocol))
        for case in cases
    ]


def columns_of(studies: Sequence[Study]) -> dict[str, Column]:
    """The columns that conditions can name: those any case has a cell of, then the ids of studies and patients."""
    found: dict[str, list[Cell]] = {}
    for study in studies:
        for name, cell in study.cells.items():
            found.setdefault(name, []).append(cell)
    fixed = [name for name in FIELDS if name in found]
    return {
        name: _column(name, found[name])
        for name in (*fixed, *sorted(found.keys() - {*fixed, *IDS}), *IDS)
        if name in found
    }


def described(column: Column, studies: Sequence[Study], kept: Collection[str], protocol: Protocol) -> s.SubgroupColumn:
    """A column with counts over the accepted cases; `kept` are ids of cases that the other columns' conditions keep."""
    accepted = [study for study in studies if study.accepted]
    known = [study for study in accepted if column.name in study.cells]
    counts = Counter(_word(study.cells[column.name]) for study in known)
    of_kept = Counter(_word(study.cells[column.name]) for study in known if study.case_id in kept)
    is_number = column.kind == "number"
    values = sorted(counts, key=float) if is_number else sorted(counts, key=lambda word: (-counts[word], word))
    listed = [] if is_number and len(values) > FEW_NUMBERS else values[:MOST_VALUES]
    numbers = [cell for study in known if isinstance(cell := study.cells[column.name], float)] if is_number else []
    return s.SubgroupColumn(
        name=column.name,
        words=column_words(protocol, column.name),
        kind=column.kind,
        unit=unit_of(protocol, column.name),
        n_known=len(known),
        n_missing=len(accepted) - len(known),
        low=min(numbers, default=None),
        high=max(numbers, default=None),
        values=[s.SubgroupValue(value=one, n_cases=counts[one], n_kept=of_kept[one]) for one in listed],
        n_values=len(values),
    )


def _cells(case: Case, protocol: Protocol) -> dict[str, Cell]:
    volumes = {f"{name}_ml": ml for name, ml in volumes_ml(case, protocol.region_names).items()}
    given = {name: cell for name, cell in clinical_cells(case).items() if name not in {*COMPUTED, *IDS}}
    cells = {name: read for name, cell in (given | volumes).items() if (read := _read(cell)) is not None}
    return cells | {STUDY: case.study_id, PATIENT: case.patient_id}


def _read(cell: Any) -> Cell | None:
    """A cell as conditions see it; what is neither a number nor words has none."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return float(cell)
    return cell.strip() or None if isinstance(cell, str) else None


def _column(name: str, cells: Sequence[Cell]) -> Column:
    numbers = [cell for cell in cells if isinstance(cell, float)]
    if len(numbers) == len(cells):
        return Column(name, "number", numbers=tuple(sorted(set(numbers))))
    words: dict[str, str] = {}
    for word in sorted({_word(cell) for cell in cells}):
        words.setdefault(word.casefold(), word)
    return Column(name, "class", words=words)


def _word(cell: Cell) -> str:
    return written(cell) if isinstance(cell, float) else cell
