"""The cohort a job works on: its name reserved when the job is submitted, its cases, and its split by patient."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backend.errors import BadTable, Conflict, NotFound
from backend.models import Case, Cohort, Job
from backend.science.tables.split import given_split, split_by_patient, stratified_split
from shared.schemas import ImportCasesParams, ImportTablesParams, JobParams, SynthParams, SynthTablesParams

MAKERS = (SynthParams, ImportCasesParams, ImportTablesParams, SynthTablesParams)
MAKER_KINDS = ("synth", "import_cases", "import_tables", "synth_tables")
SPLIT_SEED = 0


def check_name(session: Session, name: str) -> None:
    """Raises `Conflict` where a cohort of this name has cases, or a job that fills it is under way."""
    cohort = session.scalar(select(Cohort).where(Cohort.name == name))
    if cohort is None:
        return
    if session.scalar(select(Case.id).where(Case.cohort_id == cohort.id).limit(1)) is not None:
        raise Conflict(f"There is a cohort called {name!r} already; choose another name.")
    live = session.scalars(
        select(Job).where(Job.kind.in_(MAKER_KINDS), Job.state.in_(("queued", "running", "cancelling")))
    )
    if any(job.params["cohort"] == name for job in live):
        raise Conflict(f"The cohort {name!r} is being made by a job already; see Jobs, or choose another name.")


def reserve_again(session: Session, job: Job) -> None:
    """Reserves the cohort of a job that is queued again; its own cases may be there, it goes on after them.

    Raises `Conflict` where another job has filled the cohort since, or is about to.
    """
    if job.kind not in MAKER_KINDS:
        return
    name = job.params["cohort"]
    cohort = session.scalar(select(Cohort).where(Cohort.name == name))
    filled = cohort and session.scalar(select(Case.id).where(Case.cohort_id == cohort.id).limit(1))
    if not filled:
        check_name(session, name)
        job.result = job.result | reserve(session, TypeAdapter[object](JobParams).validate_python(job.params))
        return
    makers = session.scalars(select(Job).where(Job.kind.in_(MAKER_KINDS), Job.started_at.is_not(None)))
    last = max((each for each in makers if each.params["cohort"] == name), key=_started, default=None)
    if last is not job:
        raise Conflict(f"Another job has made the cohort {name!r} since; import under another name instead.")


def _started(job: Job) -> datetime:
    return job.started_at or job.created_at


def reserve(session: Session, params: object) -> dict[str, str]:
    """Makes the (still empty) cohort of a job that will fill one, so that later jobs can name it; gives its id."""
    if not isinstance(params, MAKERS):
        return {}
    kind = "tables" if isinstance(params, ImportTablesParams | SynthTablesParams) else "images"
    cohort = session.scalar(select(Cohort).where(Cohort.name == params.cohort))
    if cohort is None:
        cohort = Cohort(name=params.cohort, kind=kind)
        session.add(cohort)
    cohort.kind = kind
    session.flush()
    return {"cohort_id": cohort.id}


def cohort_of(session: Session, cohort_id: str) -> Cohort:
    """The cohort; raises `NotFound`."""
    cohort = session.get(Cohort, cohort_id)
    if cohort is None:
        raise NotFound(f"There is no cohort {cohort_id[:40]!r}; choose one from the list of cohorts.")
    return cohort


def accepted(session: Session, cohort_id: str) -> Sequence[Case]:
    """The accepted cases of a cohort with their volumes, by study id."""
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
    """The split of a cohort of images, stored when it is imported: the table's, else 7:1:2 by patient and PI-RADS.

    A table's split that cannot be used (incomplete, a patient on two sides) is left as it is and said so; jobs that
    need it refuse it.
    """
    cases, cohort = accepted(session, cohort_id), cohort_of(session, cohort_id)
    if any(case.split for case in cases):
        try:
            sides = split_of(cases)
            said = "as the clinical table gives it"
        except BadTable as refusal:
            cohort.settings = cohort.settings | {"split": f"not usable: {refusal.sentence}"}
            return
    else:
        strata = ["" if case.pirads is None else str(case.pirads) for case in cases]
        found = stratified_split([case.patient_id for case in cases], strata, SPLIT_SEED)
        sides = dict(zip((case.study_id for case in cases), found.tolist(), strict=True))
        said = f"7:1:2 by patient, stratified by PI-RADS, seed {SPLIT_SEED}"
    for case in cases:
        case.split = sides[case.study_id]
    cohort.settings = cohort.settings | {"split": said}


def ensure_split(session: Session, cohort_id: str) -> dict[str, str]:
    """`split_of` the accepted cases, stored on first need.

    Fine-tuning and lens both take it from here, so that a test patient of one is a test patient of the other.
    """
    cases, cohort = accepted(session, cohort_id), cohort_of(session, cohort_id)
    sides = split_of(cases)
    if not any(case.split for case in cases):
        cohort.settings = cohort.settings | {"split": f"7:1:2 by patient, seed {SPLIT_SEED}"}
    for case in cases:
        case.split = sides[case.study_id]
    return sides
