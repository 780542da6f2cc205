"""A cohort made of tables: a case a study with the clinical columns that are known, and the tables' rows under it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadTable
from backend.jobs.lens_tables import store
from backend.models import Case, Cohort
from backend.science import tables
from backend.science.join import join

Tables = tuple[tables.Embeddings, tables.Embeddings, tables.Radiomics]
NUMBERS: dict[str, Callable[[str], Any]] = {
    "pirads": lambda word: int(float(word)),
    "isup": lambda word: int(float(word)),
    "volume_ml": float,
    "psa": float,
    "age": float,
}
WORDS = ("center", "split")
MISSING = frozenset({"", "na", "n/a", "nan", "none", "null"})


@dataclass(frozen=True, slots=True)
class Filled:
    """The cohort, how many of its studies can be analysed, and what the reader must know."""

    cohort: Cohort
    counts: dict[str, int]
    notes: list[str]


def fill(
    session: Session,
    name: str,
    found: Tables,
    clinical: tables.Clinical | None,
    task: str,
    roi: str,
    *,
    intersect: bool,
) -> Filled:
    """Checks that the tables can be joined and stores every study; those not in all three are rejected with a reason.

    Raises BadTable where the lens would refuse the tables, so that nothing unusable is stored.
    """
    cohort = session.scalars(select(Cohort).where(Cohort.name == name)).one()
    joined = join(*found, intersect)
    patients = {study: patient for table in found for study, patient in table.patient_of().items()}
    rows = {study: Case(cohort_id=cohort.id, study_id=study, patient_id=patients[study]) for study in sorted(patients)}
    for study, case in rows.items():
        absent = [table.name for table in found if study not in table.patient_of()]
        if absent:
            case.status, case.reason = "rejected", f"It has no row in {' and '.join(absent)}."
    notes = [alert.sentence for alert in joined.alerts]
    if clinical is not None:
        notes += _add_clinical(rows, clinical)
    session.add_all(rows.values())
    session.flush()
    pre, ft = store(session, cohort, *found, task=task, roi=roi)
    rejected = sum(case.status == "rejected" for case in rows.values())
    counts = {"accepted": len(rows) - rejected, "rejected": rejected}
    cohort.settings = {"task": task, "roi": roi, "encoders": [pre.id, ft.id]}
    return Filled(cohort, counts, notes)


def _add_clinical(rows: dict[str, Case], clinical: tables.Clinical) -> list[str]:
    """Fills the known columns; other columns are left out, for they may name people."""
    unknown = [name for name in clinical.columns if name not in (*NUMBERS, *WORDS)]
    for place, study in enumerate(clinical.study_id):
        case = rows.get(study)
        if case is None:
            continue
        if case.patient_id != clinical.patient_id[place]:
            raise BadTable(f"{clinical.name} gives study {study} to another patient than the tables do; check its ids.")
        for name, words in clinical.columns.items():
            if name in (*NUMBERS, *WORDS) and words[place].strip().lower() not in MISSING:
                setattr(case, name, _value(name, words[place].strip(), clinical.name, study))
    if not unknown:
        return []
    return [f"{len(unknown)} columns of {clinical.name} are not among the known clinical ones and were left out."]


def _value(name: str, word: str, table: str, study: str) -> Any:
    if name in WORDS:
        return word
    try:
        return NUMBERS[name](word)
    except (ValueError, OverflowError):
        raise BadTable(
            f"{table}: {name} of study {study} is {word[:30]!r}, not a number; correct or empty it."
        ) from None
