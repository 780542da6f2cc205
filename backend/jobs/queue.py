"""The job row: the only state of a job. It is claimed by a worker, and says how far the work is.

    queued -> running -> done | failed
       |         `-> cancelling -> cancelled
       `-> cancelled

`submission` queues a job and `transitions` ends one. Processes can be killed at any time. Every function takes a
session of `Database.write()` and commits with it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, exists, select, update
from sqlalchemy.orm import Session, aliased

from backend.errors import NotFound
from backend.jobs.fairness.turns import in_turn
from backend.models import Job, JobLog, JobNeed, now

ENDED = ("done", "failed", "cancelled")
MOST_STEPS = 200
"""Steps of a job that are remembered, the latest."""
UNREAD = {"synchronize_session": False}
"""Options of a statement that must not read the rows it changes."""


def get(session: Session, job_id: str) -> Job:
    """The row of a job; raises NotFound."""
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id[:40]!r}; the Jobs page lists them all.")
    return job


def claim(session: Session, lane: str, owner: str) -> Job | None:
    """Takes the job of a lane whose turn it is and whose needs are done, if the owner's lane is free; None without."""
    first = _first(lane, owner)
    time = now()
    taken = {"state": "running", "owner": owner, "attempts": Job.attempts + 1, "started_at": time, "heartbeat_at": time}
    cleared: dict[str, object] = {
        "error": "",
        "finished_at": None,
        "step": "starting",
        "step_at": time,
        "step_from": 0,
        "steps": [],
        "done": 0,
        "total": 0,
    }
    statement = update(Job).where(Job.id == first, Job.state == "queued").values(taken | cleared).returning(Job)
    options = {"synchronize_session": False, "populate_existing": True}
    return session.scalars(statement, execution_options=options).one_or_none()


def fail_unreadable(session: Session, lane: str, owner: str, sentence: str) -> str | None:
    """Fails the job that `claim` would take, without reading its row; gives its id.

    A damaged row so costs itself, and the jobs behind it go on.
    """
    first = update(Job).where(Job.id == _first(lane, owner), Job.state == "queued")
    return session.scalar(first.values(_failed(sentence)).returning(Job.id), execution_options=UNREAD)


def fail_unread(session: Session, job_id: str, sentence: str) -> None:
    """Fails a job without reading its row, which is damaged."""
    session.execute(update(Job).where(Job.id == job_id).values(_failed(sentence)), execution_options=UNREAD)


def _failed(sentence: str) -> dict[str, object]:
    return {"state": "failed", "error": sentence, "finished_at": now(), "owner": None}


def _first(lane: str, owner: str) -> ScalarSelect[str]:
    """Each worker has lanes of its own: where several hosts work, each runs one job a lane."""
    busy_job, needed, queued = aliased(Job), aliased(Job), aliased(Job)
    running = busy_job.state.in_(("running", "cancelling"))
    busy = exists().where(busy_job.lane == lane, running, busy_job.owner == owner)
    waiting = exists().where(JobNeed.job_id == queued.id, JobNeed.needs_id == needed.id, needed.state != "done")
    ready = select(queued.id).where(queued.state == "queued", queued.lane == lane, ~busy, ~waiting)
    return in_turn(ready, queued, lane).limit(1).scalar_subquery()


def claimable(session: Session, lane: str) -> bool:
    """Whether the lane has a queued job, so that a claim is worth its write lock."""
    return session.scalar(select(exists().where(Job.state == "queued", Job.lane == lane))) or False


def progress(session: Session, job_id: str, step: str, done: int, total: int) -> None:
    """Records how far a running job is; a new step starts a new pace."""
    job = get(session, job_id)
    if job.step != step:
        job.step, job.step_at, job.step_from = step, now(), done
        since = 0.0 if job.started_at is None else (job.step_at - job.started_at).total_seconds()
        job.steps = [*job.steps, [step, round(since, 3)]][-MOST_STEPS:]
    job.done, job.total, job.heartbeat_at = done, total, now()


def saved(session: Session, job_id: str) -> None:
    """Counts attempts anew, because something that a restart will reuse is now stored."""
    get(session, job_id).attempts = 1


def log(session: Session, job_id: str, line: str, level: str = "info") -> None:
    """Adds a line to a job's log."""
    session.add(JobLog(job_id=job_id, line=line, level=level))


def heartbeat(session: Session, job_ids: Sequence[str]) -> None:
    """Records that a worker is working on these jobs."""
    session.execute(update(Job).where(Job.id.in_(job_ids)).values(heartbeat_at=now()))


def seconds_left(job: Job, at: datetime | None = None) -> float | None:
    """Seconds until the present step ends at its pace so far; None when there is no pace yet."""
    advanced = job.done - job.step_from
    if job.state != "running" or job.step_at is None or advanced <= 0:
        return None
    elapsed = ((at or now()) - job.step_at).total_seconds()
    return elapsed / advanced * max(0, job.total - job.done)
