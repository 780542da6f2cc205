"""Submission of a job: planned, its open parameters filled in, its cohort reserved, its row queued."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import Conflict
from backend.jobs import queue, transitions
from backend.jobs.fairness.disk_use import check_disk
from backend.jobs.fairness.open_jobs import check_open_jobs
from backend.jobs.fairness.priorities import RANK
from backend.jobs.planning.named_uploads import check_uploads
from backend.jobs.planning.new_cohort import reserve
from backend.jobs.planning.open_input import with_protocol_grid
from backend.jobs.planning.pending_jobs import PendingJobs
from backend.jobs.planning.plans import checked_plan
from backend.jobs.planning.project_of import enter_project
from backend.jobs.planning.resolve_defaults import resolve_defaults, same_request
from backend.jobs.registry import KINDS
from backend.models import Job, JobNeed
from backend.settings import Settings
from backend.storage import uploads
from backend.storage.project_scope import unlimited
from shared.schemas import JobSubmit

ANOTHER_REQUEST = "This idempotency key was used for another request; send a new key."


def submit(
    session: Session,
    settings: Settings,
    request: JobSubmit,
    *,
    key: str | None = None,
    user: str = "",
    local: bool = False,
) -> Job:
    """Queues a job; the same `key` with the same request returns the job it made before.

    All that the job reads and makes is of one project; afterwards the session sees nothing else. `local` says that
    somebody with a shell on this machine submits it: its paths need no import root. `session` is of `Database.write()`,
    and the row is committed with it.

    Raises NotFound where the request names what does not exist, Conflict where its plan refuses it, the key was used
    for another request, the user has too many jobs open, or the disk of the project is used up.
    """
    project_id = enter_project(session, request)
    asked = with_protocol_grid(session, request.params)
    params = asked.model_dump(mode="json")
    needs = list(dict.fromkeys(request.after))
    own_key = f"{user}\n{key}" if key else None  # a key belongs to the user who chose it
    earlier = _earlier(session, own_key) if own_key else None
    if earlier is not None:
        if not same_request(params, earlier.params) or set(earlier.depends_on) != set(needs):
            raise Conflict(ANOTHER_REQUEST)
        return earlier
    if not local:
        with unlimited(session):  # a user's jobs of all projects count
            check_open_jobs(session, settings, user, asked.kind, params, key)
    sent = check_uploads(session, asked, user)
    plan = checked_plan(session, settings, asked, after=needs, local=local)
    job = Job(
        project_id=project_id,
        kind=asked.kind,
        title=plan.title,
        lane=KINDS[asked.kind].lane,
        params=resolve_defaults(session, asked, PendingJobs(session, needs)).model_dump(mode="json"),
        local=local,
        result=reserve(session, asked, project_id),
        idempotency_key=own_key,
        expected_seconds=plan.seconds,
        submitted_by=user,
        priority=RANK[request.priority],
        position=_last_position(session) + 1,
        needs=[JobNeed(needs_id=queue.get(session, job_id).id) for job_id in needs],
    )
    session.add(job)
    session.flush()
    if not local:
        check_disk(session, settings, job.project_id, job.kind)
    uploads.keep_for(session, job.id, sent)
    for need in job.needs:
        transitions.fail_if_blocked(session, job, queue.get(session, need.needs_id))
    return job


def _earlier(session: Session, key: str) -> Job | None:
    """The job of a key, in whatever project. Raises Conflict where it is none that the request could be of."""
    with unlimited(session):
        known = session.scalar(select(Job.id).where(Job.idempotency_key == key))
    job = None if known is None else session.get(Job, known)
    if known is not None and job is None:
        raise Conflict(ANOTHER_REQUEST)
    return job


def _last_position(session: Session) -> int:
    """The place of the last job in the queue, which is one for all projects."""
    with unlimited(session):
        return session.scalar(select(func.max(Job.position))) or 0
