"""The cohort a job works on: its row, its accepted cases, and its split by patient."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from backend.errors import BadTable, NotFound
from backend.jobs.data.unfinished_tables import check_finished
from backend.models import Case, Cohort
from backend.science.tables.split import given_split, split_by_patient, stratified_split
from backend.storage.case_cells import strata_target, stratum
from backend.storage.cohort_protocol import protocol_of
from backend.storage.database import Database
from shared.protocol_words import target_words

SPLIT_SEED = 0


def cohort_of(session: Session, cohort_id: str) -> Cohort:
    """Load the cohort. Raises NotFound."""
    cohort = session.get(Cohort, cohort_id)
    if cohort is None:
        raise NotFound(f"There is no cohort {cohort_id[:40]!r}; choose one from the list of cohorts.")
    return cohort


def accepted(session: Session, cohort_id: str) -> Sequence[Case]:
    """Load the accepted cases of a cohort with their volumes, ordered by study id."""
    chosen = select(Case).where(Case.cohort_id == cohort_id, Case.status == "accepted").order_by(Case.study_id)
    return session.scalars(chosen.options(selectinload(Case.volumes))).all()


def split_of(cases: Sequence[Case]) -> dict[str, str]:
    """Split of every study (train, val or test): as imported or stored, else 7:1:2 by patient.

    Raises BadTable where an imported split is incomplete or has a patient on two sides.
    """
    studies, patients = [case.study_id for case in cases], [case.patient_id for case in cases]
    given = {case.study_id: case.split for case in cases if case.split}
    sides = given_split(studies, patients, given) if given else split_by_patient(patients, SPLIT_SEED)
    return dict(zip(studies, sides.tolist(), strict=True))


def store_split(session: Session, cohort_id: str) -> None:
    """Store the split of an imported cohort of images: the table's, else 7:1:2 by patient and label.

    The label is the first class or grade that the protocol has as a target (PI-RADS of the prostate).

    A table's split that cannot be used (incomplete, a patient on two sides) is kept and noted in the cohort's
    settings; jobs that need it refuse it.
    """
    cases, cohort = accepted(session, cohort_id), cohort_of(session, cohort_id)
    if any(case.split for case in cases):
        try:
            sides = split_of(cases)
            description = "as the clinical table gives it"
        except BadTable as refusal:
            cohort.settings = cohort.settings | {"split": f"not usable: {refusal.sentence}"}
            return
    else:
        protocol = protocol_of(cohort)
        strata = [stratum(protocol, case) for case in cases]
        found = stratified_split([case.patient_id for case in cases], strata, SPLIT_SEED)
        sides = dict(zip((case.study_id for case in cases), found.tolist(), strict=True))
        by = strata_target(protocol)
        by_label = "" if by is None else f", stratified by {target_words(protocol, by.name)}"
        description = f"7:1:2 by patient{by_label}, seed {SPLIT_SEED}"
    for case in cases:
        case.split = sides[case.study_id]
    cohort.settings = cohort.settings | {"split": description}


@contextmanager
def with_split(database: Database, cohort_id: str) -> Iterator[tuple[Session, dict[str, str]]]:
    """A session, and the split of a cohort in it; writers wait for it only where the split is not stored yet."""
    chosen = select(Case.id).where(Case.cohort_id == cohort_id, Case.status == "accepted")
    without = chosen.where(or_(Case.split.is_(None), Case.split == ""))
    with database.read() as session:
        is_new = session.scalar(without.limit(1)) is not None
    with (database.write if is_new else database.read)() as session:
        yield session, ensure_split(session, cohort_id)


def ensure_split(session: Session, cohort_id: str) -> dict[str, str]:
    """Return `split_of` the accepted cases, stored on first use.

    Fine-tuning and lens both use it, so that a test patient of one is a test patient of the other. Raises Conflict
    where tables of the cohort are not all stored: the studies to come would have no side.
    """
    cases, cohort = accepted(session, cohort_id), cohort_of(session, cohort_id)
    check_finished(cohort)
    sides = split_of(cases)
    if not any(case.split for case in cases):
        cohort.settings = cohort.settings | {"split": f"7:1:2 by patient, seed {SPLIT_SEED}"}
    for case in cases:
        case.split = sides[case.study_id]
    return sides
