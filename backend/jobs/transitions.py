"""State changes that end a job or bring it back into the queue: done, failed, cancelled, queued again.

Every function takes a session of `Database.write()`, commits with it, and raises NotFound for an unknown id.
"""

import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from backend.errors import Conflict, Damaged
from backend.jobs.notices.write import tell
from backend.jobs.planning.new_cohort import reserve_again
from backend.jobs.queue import ENDED, fail_unread, get, log
from backend.models import Job, JobNeed, now

TRY_AGAIN = os.EX_TEMPFAIL
"""Exit code of a job's process that lost its cluster or its store of files; the log has the sentence."""


def finish(session: Session, job_id: str, result: dict[str, Any]) -> None:
    """Ends a running job with its result; a job in another state is left as it is."""
    job = get(session, job_id)
    if job.state == "running":
        job.state, job.result, job.finished_at = "done", job.result | result, now()
        job.done = job.total = max(job.total, job.done)
        tell(session, job)


def fail(session: Session, job_id: str, sentence: str) -> None:
    """Ends a job that cannot be completed; jobs that wait for it fail with it."""
    job = get(session, job_id)
    if job.state not in ENDED:
        job.state, job.error, job.finished_at = "failed", sentence, now()
        log(session, job_id, sentence, "error")
        tell(session, job)
        _fail_waiting(session, job)


def requeue_or_fail(session: Session, job_id: str, attempts: int, why: str) -> None:
    """Queues a job again whose process ended without a result; fails it after `attempts` starts that saved nothing.

    A job that was being cancelled is cancelled. `why` continues the words "The job".
    """
    job = get(session, job_id)
    if job.state == "cancelling":
        mark_cancelled(session, job_id)
    elif job.state == "running" and job.attempts >= attempts:
        fail(
            session, job_id, f"The job {why} {job.attempts} times without getting further; see its log, then retry it."
        )
    elif job.state == "running":
        job.state, job.owner = "queued", None
        log(session, job_id, f"The job {why}; it is queued again and resumes from what is saved.", "warning")


def release(session: Session, job_id: str) -> None:
    """Puts the job of a worker that stops on request back into the queue; the start does not count."""
    job = get(session, job_id)
    if job.state == "cancelling":
        mark_cancelled(session, job_id)
    elif job.state == "running":
        job.state, job.owner, job.attempts = "queued", None, max(0, job.attempts - 1)
        log(session, job_id, "The worker stopped; the job waits for the next one.")


def cancel(session: Session, job_id: str) -> Job:
    """Cancels a queued job at once; a running one ends when its worker has killed it. Raises Conflict after its end."""
    job = get(session, job_id)
    if job.state == "queued":
        mark_cancelled(session, job_id)
    elif job.state == "running":
        job.state = "cancelling"
    elif job.state in ENDED:
        raise Conflict(f"The job “{job.title}” is {job.state} already; there is nothing to cancel.")
    return job


def mark_cancelled(session: Session, job_id: str) -> None:
    """Ends a job that has stopped; jobs that wait for it fail."""
    job = get(session, job_id)
    job.state, job.finished_at, job.owner = "cancelled", now(), None
    log(session, job_id, "Cancelled.")
    _fail_waiting(session, job)


def retry(session: Session, job_id: str) -> Job:
    """Queues a failed or cancelled job again, with the jobs that failed only because of it.

    Raises Conflict in other states, where a job it needs has not succeeded, or where its cohort was made by another.
    """
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


Heartbeats = Mapping[str, str | None]


def requeue_lost(
    session: Session,
    owner: str,
    alive: Collection[str],
    attempts: int,
    silent: Callable[[Heartbeats], Collection[str]],
) -> list[str]:
    """Queues running jobs again that no process works on; gives their ids.

    These are jobs of `owner` that are not `alive`, and those of other workers that `silent` names.
    """
    # Columns as text and not rows: a damaged row must not stop the worker from seeing the others.
    columns = (Job.id, Job.owner, type_coerce(Job.heartbeat_at, Text))
    running = session.execute(select(*columns).where(Job.state.in_(("running", "cancelling")))).all()
    others = silent({one: beat for one, of, beat in running if of != owner})
    lost = [one for one, of, _ in running if one in others or (of == owner and one not in alive)]
    for job_id in lost:
        try:
            requeue_or_fail(session, job_id, attempts, "lost its worker")
        except Damaged as error:
            session.expunge_all()
            fail_unread(session, job_id, error.sentence)
            fail_waiting(session, job_id)
    return lost


def fail_waiting(session: Session, unreadable: str) -> None:
    """Fails the queued jobs that wait for one whose row cannot be read, without reading that."""
    for waiting in session.scalars(select(JobNeed.job_id).where(JobNeed.needs_id == unreadable)).all():
        try:
            fail(session, waiting, "A job that this one needs cannot be read any more; start both anew.")
        except Damaged as error:
            fail_unread(session, waiting, error.sentence)


def _fail_waiting(session: Session, ended: Job) -> None:
    for waiting in session.scalars(
        select(Job).join(JobNeed, JobNeed.job_id == Job.id).where(JobNeed.needs_id == ended.id)
    ):
        fail_if_blocked(session, waiting, ended)


def fail_if_blocked(session: Session, waiting: Job, needed: Job) -> None:
    """Fails a queued job if a job it needs failed or was cancelled."""
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
