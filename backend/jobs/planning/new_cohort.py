"""The cohort that a job will make: its name checked when the job is planned, reserved when it is submitted."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.errors import Conflict
from backend.jobs.data.unfinished_tables import is_unfinished
from backend.jobs.planning.cohort_protocols import asked_protocol
from backend.jobs.planning.project_of import project_of
from backend.jobs.registry import KINDS, kinds_that_make, read_params
from backend.models import Case, Cohort, Job
from backend.storage.cohort_protocol import stored_protocol
from shared import schemas as s
from shared.protocols.reader import prostate


def check_name(session: Session, params: s.JobParams) -> None:
    """Checks the name of the cohort that a request makes, if it makes one.

    Raises Conflict where a cohort of this name has cases, or an unfinished job will fill it.
    """
    if "cohort" in KINDS[params.kind].makes:
        _check_free(session, params.cohort, project_of(session))  # type: ignore[union-attr] # such a kind has the parameter


def reserve(session: Session, params: s.JobParams, project_id: str) -> dict[str, str]:
    """Makes the (still empty) cohort of a job that will fill one, so that later jobs can name it.

    Gives its id as `cohort_id`; nothing for a job that makes no cohort.
    """
    makes = KINDS[params.kind].makes
    if "cohort" not in makes:
        return {}
    name: str = params.cohort  # type: ignore[union-attr] # such a kind has the parameter
    kind = "tables" if "tables" in makes else "images"
    cohort = _named(session, name, project_id)
    if cohort is None:
        cohort = Cohort(name=name, kind=kind, project_id=project_id)
        session.add(cohort)
    cohort.kind = kind
    asked = asked_protocol(params) if isinstance(params, s.ImportCasesParams | s.SynthParams) else prostate()
    cohort.protocol = stored_protocol(asked)  # an import that failed may have left another
    session.flush()
    return {"cohort_id": cohort.id}


def reserve_again(session: Session, job: Job) -> None:
    """Reserves the cohort of a job that is queued again; it resumes after the cases it has made itself.

    Raises Conflict where another job has filled the cohort since, or will fill it.
    """
    if "cohort" not in KINDS[job.kind].makes:
        return
    name = job.params["cohort"]
    cohort = _named(session, name, job.project_id)
    filled = cohort and session.scalar(select(Case.id).where(Case.cohort_id == cohort.id).limit(1))
    if not filled:
        _check_free(session, name, job.project_id)
        job.result = job.result | reserve(session, read_params(job.kind, job.params), job.project_id)
        return
    of_cohorts = _makers(job.project_id).where(Job.started_at.is_not(None))
    makers = [each for each in session.scalars(of_cohorts) if each.params["cohort"] == name]
    if max(makers, key=_started, default=None) is not job:
        raise Conflict(f"Another job has made the cohort {name!r} since; import under another name instead.")


def _named(session: Session, name: str, project_id: str) -> Cohort | None:
    return session.scalar(select(Cohort).where(Cohort.name == name, Cohort.project_id == project_id))


def _makers(project_id: str) -> Select[Job]:
    return select(Job).where(Job.kind.in_(kinds_that_make("cohort")), Job.project_id == project_id)


def _check_free(session: Session, name: str, project_id: str) -> None:
    cohort = _named(session, name, project_id)
    if cohort is None:
        return
    filled = session.scalar(select(Case.id).where(Case.cohort_id == cohort.id).limit(1)) is not None
    if filled and not is_unfinished(cohort):  # what an import of tables left that did not end makes room
        raise Conflict(f"There is a cohort called {name!r} already; choose another name.")
    unfinished = session.scalars(_makers(project_id).where(Job.state.in_(("queued", "running", "cancelling"))))
    if any(job.params["cohort"] == name for job in unfinished):
        raise Conflict(f"The cohort {name!r} is being made by a job already; see Jobs, or choose another name.")


def _started(job: Job) -> datetime:
    return job.started_at or job.created_at
