"""Cohorts made of tables: one case per study with the known clinical columns and the tables' rows."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadTable
from backend.ingest.clinical import COLUMNS, clinical_row
from backend.ingest.identifiers.judge import judge_cell
from backend.ingest.identifiers.sentences import shown
from backend.jobs.data.lens_tables import store
from backend.jobs.data.table_identifiers import GivenTables
from backend.models import Case, Cohort
from backend.science.tables import types
from backend.science.tables.join import join

CLINICAL = ("pirads", "volume_ml", "psa", "isup", "age", "center", "split")


@dataclass(frozen=True, slots=True)
class Filled:
    """Result: the cohort, the number of studies that can be analysed, and notes."""

    cohort: Cohort
    counts: dict[str, int]
    notes: list[str]


def fill(
    session: Session,
    name: str,
    given: GivenTables,
    task: str,
    roi: str,
    *,
    intersect: bool,
    keep_names: bool = True,
) -> Filled:
    """Check that the tables can be joined and store every study; those not in all of them are rejected.

    `keep_names` False leaves a centre or side of the split out that looks like a person's name.
    Raises BadTable, before anything is stored, where the lens would refuse the tables.
    """
    cohort = session.scalars(select(Cohort).where(Cohort.name == name)).one()
    _check_different(given)
    joined = join(given.pre, given.ft, given.radiomics, intersect, [*given.further, *given.controls])
    patients = {study: patient for table in given.lens for study, patient in table.patient_of().items()}
    rows = {study: Case(cohort_id=cohort.id, study_id=study, patient_id=patients[study]) for study in sorted(patients)}
    for study, case in rows.items():
        absent = [table.name for table in given.lens if study not in table.patient_of()]
        if absent:
            case.status, case.reason = "rejected", f"It has no row in {' and '.join(absent)}."
    notes = [alert.sentence for alert in joined.alerts]
    if given.clinical is not None:
        notes += _add_clinical(rows, given.clinical, given.task_column, keep_names=keep_names)
    session.add_all(rows.values())
    session.flush()
    encoders = store(session, cohort, given, task=task, roi=roi)
    rejected = sum(case.status == "rejected" for case in rows.values())
    counts = {"accepted": len(rows) - rejected, "rejected": rejected}
    cohort.settings = {"task": task, "roi": roi, "encoders": [encoder.id for encoder in encoders]}
    return Filled(cohort, counts, notes)


def _check_different(given: GivenTables) -> None:
    """Refuses (BadTable) embeddings of which two are equal: nothing would be compared."""
    known: dict[str, str] = {}
    for what, table in given.embeddings.items():
        before = known.setdefault(table.content_sha256(), what)
        if before != what:
            raise BadTable(
                f"The embeddings {before} and {what} are the same ({table.name}), so nothing is compared; give those "
                "of different checkpoints."
            )


def _add_clinical(
    rows: dict[str, Case], clinical: types.Clinical, task_column: str | None, *, keep_names: bool
) -> list[str]:
    """Fill the known clinical columns and what the task learned; others are left out, because they may name people."""
    columns = {name.strip().lower(): words for name, words in clinical.columns.items()}
    if len(columns) < len(clinical.columns):
        raise BadTable(f"{clinical.name} has a column twice, in capital and in small letters; keep one.")
    for place, study in enumerate(clinical.study_id):
        case = rows.get(study)
        if case is None:
            continue
        if case.patient_id != clinical.patient_id[place]:
            raise BadTable(
                f"{clinical.name} gives study {shown(study)} to another patient than the tables do; check its ids."
            )
        cells = {name: words[place] for name, words in columns.items()}
        given = clinical_row(study, case.patient_id, cells, f"{clinical.name}, study {shown(study)}")
        for name in CLINICAL:
            setattr(case, name, getattr(given, name))
        for name in ("center", "split"):
            if not keep_names and getattr(case, name) and judge_cell(getattr(case, name)):
                setattr(case, name, None)
        learned = cells[task_column].strip() if task_column else ""
        if task_column and learned and (keep_names or not judge_cell(learned)):
            case.clinical = {task_column: learned}
    unknown = columns.keys() - {task_column, *(column for name in CLINICAL for column in COLUMNS[name])}
    if not unknown:
        return []
    return [f"{len(unknown)} columns of {clinical.name} are not among the known clinical ones and were left out."]
