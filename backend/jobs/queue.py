"""The job row: submitted, claimed, reported on, ended. The row is the truth; processes are only hands.

    queued -> running -> done | failed
       |         `-> cancelling -> cancelled
       `-> cancelled

Every function takes a session of `Database.write()` and commits with it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from backend.errors import Conflict, NotFound
from backend.jobs.data.cohorts import reserve, reserve_again
from backend.jobs.planning.pending_jobs import Upstream
from backend.jobs.planning.plans import checked_title
from backend.jobs.planning.resolve_defaults import asks_the_same, settled
from backend.models import Job, JobLog, JobNeed, now
from backend.settings import Settings
from shared.schemas import JobSubmit

LANES = ("cpu", "device")
"""Each lane runs one job at a time: `device` trains encoders, `cpu` does everything else."""
ENDED = ("done", "failed", "cancelled")
STALE = timedelta(seconds=60)
_DEVICE_KINDS = ("import_encoder", "embed", "pretrain", "finetune")


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

    `local` says that somebody with a shell on this machine asked: the paths named need no import root.
    Raises Refusal with the sentence of the plan where the request is impossible.
    """
    params = request.params.model_dump(mode="json")
    needs = list(dict.fromkeys(request.after))
    earlier = session.scalar(select(Job).where(Job.idempotency_key == key)) if key else None
    if earlier is not None:
        if not asks_the_same(params, earlier.params) or set(earlier.depends_on) != set(needs):
            raise Conflict("This idempotency key was used for another request; send a new key.")
        return earlier
    title = checked_title(session, settings, request.params, after=needs, local=local)
    job = Job(
        kind=request.params.kind,
        title=title,
        lane="device" if request.params.kind in _DEVICE_KINDS else "cpu",
        params=settled(session, request.params, Upstream(session, needs)).model_dump(mode="json"),
        local=local,
        result=reserve(session, request.params),
        idempotency_key=key,
        submitted_by=user,
        position=(session.scalar(select(func.max(Job.position))) or 0) + 1,
        needs=[JobNeed(needs_id=get(session, job_id).id) for job_id in needs],
    )
    session.add(job)
    session.flush()
    for need in job.needs:
        _end_if_blocked(session, job, get(session, need.needs_id))
    return job


def get(session: Session, job_id: str) -> Job:
    """The row of a job; raises `NotFound`."""
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id[:40]!r}; the Jobs page lists them all.")
    return job


def claim(session: Session, lane: str, owner: str) -> Job | None:
    """Takes the first queued job of a lane whose needs are done, if the lane is free; None if there is none."""
    busy_job, needed, queued = aliased(Job), aliased(Job), aliased(Job)
    busy = exists().where(busy_job.lane == lane, busy_job.state.in_(("running", "cancelling")))
    waiting = exists().where(JobNeed.job_id == queued.id, JobNeed.needs_id == needed.id, needed.state != "done")
    first = (
        select(queued.id)
        .where(queued.state == "queued", queued.lane == lane, ~busy, ~waiting)
        .order_by(queued.position)
        .limit(1)
        .scalar_subquery()
    )
    time = now()
    taken = {"state": "running", "owner": owner, "attempts": Job.attempts + 1, "started_at": time, "heartbeat_at": time}
    cleared = {
        "error": "",
        "finished_at": None,
        "step": "starting",
        "step_at": time,
        "step_from": 0,
        "done": 0,
        "total": 0,
    }
    statement = update(Job).where(Job.id == first, Job.state == "queued").values(taken | cleared).returning(Job)
    options = {"synchronize_session": False, "populate_existing": True}
    return session.scalars(statement, execution_options=options).one_or_none()


def claimable(session: Session, lane: str) -> bool:
    """Whether a look at the lane is worth a write lock."""
    return session.scalar(select(exists().where(Job.state == "queued", Job.lane == lane))) or False


def progress(session: Session, job_id: str, step: str, done: int, total: int) -> None:
    """Says how far a running job is; a new step starts a new pace."""
    job = get(session, job_id)
    if job.step != step:
        job.step, job.step_at, job.step_from = step, now(), done
    job.done, job.total, job.heartbeat_at = done, total, now()


def saved(session: Session, job_id: str) -> None:
    """Something a restart will reuse is on disk: starts counted so far led somewhere."""
    get(session, job_id).attempts = 1


def log(session: Session, job_id: str, line: str, level: str = "info") -> None:
    """Adds a line to a job's log."""
    session.add(JobLog(job_id=job_id, line=line, level=level))


def finish(session: Session, job_id: str, result: dict[str, Any]) -> None:
    """A running job reached its end."""
    job = get(session, job_id)
    if job.state == "running":
        job.state, job.result, job.finished_at = "done", job.result | result, now()
        job.done = job.total = max(job.total, job.done)


def fail(session: Session, job_id: str, sentence: str) -> None:
    """A job cannot be completed; jobs that wait for it fail with it."""
    job = get(session, job_id)
    if job.state not in ENDED:
        job.state, job.error, job.finished_at = "failed", sentence, now()
        log(session, job_id, sentence, "error")
        _end_waiting(session, job)


def died(session: Session, job_id: str, attempts: int, why: str) -> None:
    """The process of a running job ended without a word: queued again, or failed after `attempts` fruitless starts."""
    job = get(session, job_id)
    if job.state == "cancelling":
        cancelled(session, job_id)
    elif job.state == "running" and job.attempts >= attempts:
        fail(
            session, job_id, f"The job {why} {job.attempts} times without getting further; see its log, then retry it."
        )
    elif job.state == "running":
        job.state, job.owner = "queued", None
        log(session, job_id, f"The job {why}; it is queued again and resumes from what is saved.", "warning")


def release(session: Session, job_id: str) -> None:
    """The worker stops on request: its job goes back to the queue, and the start does not count."""
    job = get(session, job_id)
    if job.state == "cancelling":
        cancelled(session, job_id)
    elif job.state == "running":
        job.state, job.owner, job.attempts = "queued", None, max(0, job.attempts - 1)
        log(session, job_id, "The worker stopped; the job waits for the next one.")


def cancel(session: Session, job_id: str) -> Job:
    """Asks a job to stop: a queued one ends at once, a running one when its worker has killed it."""
    job = get(session, job_id)
    if job.state == "queued":
        cancelled(session, job_id)
    elif job.state == "running":
        job.state = "cancelling"
    elif job.state in ENDED:
        raise Conflict(f"The job “{job.title}” is {job.state} already; there is nothing to cancel.")
    return job


def cancelled(session: Session, job_id: str) -> None:
    """The job has stopped; jobs that wait for it fail."""
    job = get(session, job_id)
    job.state, job.finished_at, job.owner = "cancelled", now(), None
    log(session, job_id, "Cancelled.")
    _end_waiting(session, job)


def retry(session: Session, job_id: str) -> Job:
    """Queues a failed or cancelled job again, with the jobs that failed only because of it."""
    job = get(session, job_id)
    if job.state not in ("failed", "cancelled"):
        raise Conflict(f"The job “{job.title}” is {job.state}; only failed and cancelled jobs can be retried.")
    for need in job.needs:
        needed = get(session, need.needs_id)
        if needed.state in ("failed", "cancelled"):
            raise Conflict(
                f"The job “{job.title}” needs “{needed.title}”, which is {needed.state}; retry that one first."
            )
    _queue_again(session, job)
    return job


def requeue(session: Session, owner: str, alive: Collection[str], attempts: int) -> list[str]:
    """Takes back running jobs nobody works on: this owner's that are not `alive`, and others without a heartbeat."""
    running = session.scalars(select(Job).where(Job.state.in_(("running", "cancelling"))))
    lost = [job.id for job in running if job.id not in alive and (job.owner == owner or _stale(job, now()))]
    for job_id in lost:
        died(session, job_id, attempts, "lost its worker")
    return lost


def heartbeat(session: Session, job_ids: Sequence[str]) -> None:
    """Shows that somebody works on these jobs."""
    session.execute(update(Job).where(Job.id.in_(job_ids)).values(heartbeat_at=now()))


def seconds_left(job: Job, at: datetime | None = None) -> float | None:
    """Seconds until the present step ends at its pace so far; None when there is no pace yet."""
    advanced = job.done - job.step_from
    if job.state != "running" or job.step_at is None or advanced <= 0:
        return None
    elapsed = ((at or now()) - job.step_at).total_seconds()
    return elapsed / advanced * max(0, job.total - job.done)


def _stale(job: Job, at: datetime) -> bool:
    return job.heartbeat_at is None or at - job.heartbeat_at > STALE


def _end_waiting(session: Session, ended: Job) -> None:
    for waiting in session.scalars(
        select(Job).join(JobNeed, JobNeed.job_id == Job.id).where(JobNeed.needs_id == ended.id)
    ):
        _end_if_blocked(session, waiting, ended)


def _end_if_blocked(session: Session, waiting: Job, needed: Job) -> None:
    if waiting.state != "queued" or needed.state not in ("failed", "cancelled"):
        return
    verb = "failed" if needed.state == "failed" else "was cancelled"
    waiting.result = waiting.result | {"blocked_by": needed.id}
    fail(
        session,
        waiting.id,
        f"“{needed.title}” {verb}, and this job needs what it makes; retry that job, this one follows.",
    )


def _queue_again(session: Session, job: Job) -> None:
    reserve_again(session, job)
    job.state, job.error, job.attempts, job.finished_at, job.owner = "queued", "", 0, None, None
    job.result = {name: value for name, value in job.result.items() if name != "blocked_by"}
    log(session, job.id, "Queued again.")
    waiting = session.scalars(select(Job).join(JobNeed, JobNeed.job_id == Job.id).where(JobNeed.needs_id == job.id))
    for blocked in waiting.all():
        if blocked.state == "failed" and blocked.result.get("blocked_by") == job.id:
            _queue_again(session, blocked)
