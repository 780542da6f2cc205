"""Cohorts made of tables: one case per study with the known clinical columns and the tables' rows.

The tables are judged whole before anything is stored. Then they are stored in parts, because a writer stops all others:
while that lasts the cohort is marked as unfinished, and an import that is started again goes on behind the last part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from sqlalchemy import select

from backend.errors import BadTable, Conflict
from backend.ingest.clinical import clinical_row
from backend.ingest.clinical_columns.of_table import OtherColumns
from backend.ingest.identifiers.judge import judge_cell
from backend.ingest.identifiers.sentences import shown
from backend.jobs.data.table_identifiers import CLINICAL, GivenTables
from backend.jobs.data.table_rows import TableRows, feature_list, imported_encoders
from backend.jobs.data.unfinished_tables import FINGERPRINT, STORING, is_unfinished, remove_stored
from backend.models import Case, Cohort
from backend.science.tables import types
from backend.science.tables.join import join
from backend.storage.cache_keys import request_key
from backend.storage.database import Database

PART_BYTES, PART_STUDIES = 4 * 2**20, 250
"""What is stored in one transaction, at most: a disk of 10 MB/s writes it, and its journal, within a second."""
PAUSE_SECONDS = 0.11
"""Between two parts. SQLite keeps no queue: who waits to write looks again after at most 0.1 s, and gets in."""


@dataclass(frozen=True, slots=True)
class PlannedCohort:
    """Tables that can be joined, and the cases that they make, by study id; those not in all of them are rejected."""

    given: GivenTables
    roi: str
    cases: dict[str, Case]
    notes: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """The number of studies that can be analysed, and of those that cannot."""
        rejected = sum(case.status == "rejected" for case in self.cases.values())
        return {"accepted": len(self.cases) - rejected, "rejected": rejected}


def plan(given: GivenTables, roi: str, *, intersect: bool, keep_names: bool = True) -> PlannedCohort:
    """Check that the tables can be joined and make a case of every study.

    `keep_names` False leaves a centre or side of the split out that looks like a person's name.
    Raises BadTable where the lens would refuse the tables.
    """
    _check_different(given)
    joined = join(given.pre, given.ft, given.radiomics, intersect, [*given.further, *given.controls])
    patients_of = [(table.name, table.patient_of()) for table in given.lens]
    patients = {study: patient for _, of in patients_of for study, patient in of.items()}
    rows = {study: Case(study_id=study, patient_id=patients[study]) for study in sorted(patients)}
    for study, case in rows.items():
        absent = [name for name, of in patients_of if study not in of]
        if absent:
            case.status, case.reason = "rejected", f"It has no row in {' and '.join(absent)}."
    notes = [alert.sentence for alert in joined.alerts]
    if given.clinical is not None:
        others = given.other_columns()
        notes += _add_clinical(rows, given.clinical, others, given.task_column, keep_names=keep_names)
    return PlannedCohort(given, roi, rows, notes)


@dataclass(frozen=True, slots=True)
class Facts:
    """Attributes of the cohort beside its tables: a note, and further keys of its settings."""

    note: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def store(
    database: Database,
    name: str,
    planned: PlannedCohort,
    task: str,
    facts: Facts,
    progress: Callable[[int, int], None],
) -> None:
    """Store a planned cohort under its name in parts, and at the end what says that it is whole.

    `progress` gets the number of stored studies, and of all. Raises Conflict where the name has another cohort.
    """
    fingerprint = _fingerprint(planned, task, facts)
    cohort_id, settings = _reserved(database, name)
    if settings.get(FINGERPRINT) == fingerprint and not settings.get(STORING):
        return  # the process ended between the last part and the end of the job
    if settings.get(FINGERPRINT) != fingerprint:
        _make_empty(database, cohort_id)
    with database.write() as session:
        cohort = session.get_one(Cohort, cohort_id)
        cohort.settings = {FINGERPRINT: fingerprint, STORING: True}
        encoders = [one.id for one in imported_encoders(session, cohort, planned.given, task)]
        listed = feature_list(session, planned.given.radiomics.columns)
        stored = set(session.scalars(select(Case.study_id).where(Case.cohort_id == cohort_id)))
    _store_parts(
        database, cohort_id, planned, TableRows(planned.given, encoders, planned.roi, listed), stored, progress
    )
    with database.write() as session:
        cohort = session.get_one(Cohort, cohort_id)
        cohort.note = facts.note
        cohort.settings = {
            FINGERPRINT: fingerprint,
            "task": task,
            "roi": planned.roi,
            "encoders": encoders,
            **facts.settings,
        }


def _reserved(database: Database, name: str) -> tuple[str, dict[str, Any]]:
    with database.read() as session:
        cohort = session.scalars(select(Cohort).where(Cohort.name == name)).one()
        return cohort.id, dict(cohort.settings)


def _make_empty(database: Database, cohort_id: str) -> None:
    """Removes what an import of other tables left; refuses (Conflict) a cohort that is whole."""
    with database.read() as session:
        cohort = session.get_one(Cohort, cohort_id)
        filled = session.scalar(select(Case.id).where(Case.cohort_id == cohort_id).limit(1)) is not None
        if filled and not is_unfinished(cohort):
            raise Conflict(f"There is a cohort called {cohort.name!r} already; choose another name.")
    remove_stored(database, cohort_id)


def _store_parts(
    database: Database,
    cohort_id: str,
    planned: PlannedCohort,
    rows: TableRows,
    stored: set[str],
    progress: Callable[[int, int], None],
) -> None:
    left = [case for study, case in planned.cases.items() if study not in stored]
    size = max(1, min(PART_STUDIES, PART_BYTES // max(1, rows.bytes_of_a_study)))
    for first in range(0, len(left), size):
        if first:
            sleep(PAUSE_SECONDS)
        progress(len(planned.cases) - len(left) + first, len(planned.cases))
        part = left[first : first + size]
        with database.write() as session:
            for case in part:
                case.cohort_id = cohort_id
            session.add_all(part)
            session.flush()
            rows.add(session, {case.study_id: case.id for case in part})
    progress(len(planned.cases), len(planned.cases))


def _fingerprint(planned: PlannedCohort, task: str, facts: Facts) -> str:
    """Hash of everything that is stored: the values of the tables, and the cases that were made of them."""
    cases = [
        [case.study_id, case.patient_id, case.reason, [getattr(case, name) for name in CLINICAL], case.clinical]
        for case in planned.cases.values()
    ]
    tables = [[table.name, table.content_sha256()] for table in planned.given.lens]
    told = [facts.note, dict(facts.settings)]
    return request_key("tables", cases=cases, tables=tables, task=task, roi=planned.roi, told=told)


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
    rows: dict[str, Case], clinical: types.Clinical, others: OtherColumns, task_column: str | None, *, keep_names: bool
) -> list[str]:
    """Fill the known clinical columns, what the task learned, and of the others those of numbers and classes."""
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
        for name in ("center", "scanner", "split"):
            if not keep_names and getattr(case, name) and judge_cell(getattr(case, name)):
                setattr(case, name, None)
        case.clinical = others.of(place)
        learned = cells[task_column].strip() if task_column else ""
        if task_column and learned and (keep_names or not judge_cell(learned)):
            case.clinical = {**case.clinical, task_column: learned}
    if not others.left_out:
        return []
    return [
        f"{len(others.left_out)} columns of {clinical.name} were left out: only numbers and classes are kept, and "
        "nothing that may identify people."
    ]
