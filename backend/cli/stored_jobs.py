"""What `radiomiclens jobs` reads and changes in a data folder."""

from sqlalchemy import select

from backend.access import audit
from backend.access.tokens import OWNER
from backend.jobs import queue, transitions
from backend.jobs.fairness.priorities import change
from backend.jobs.serialize import job_schema
from backend.models import Job, JobLog
from backend.settings import Settings
from backend.storage.database import open_database
from shared import schemas as s


def newest_first(settings: Settings) -> list[s.Job]:
    """Every job."""
    with open_database(settings) as database, database.read() as session:
        return [job_schema(row) for row in session.scalars(select(Job).order_by(Job.position.desc()))]


def one(settings: Settings, job_id: str) -> s.Job:
    """A job; raises `NotFound`."""
    with open_database(settings) as database, database.read() as session:
        return job_schema(queue.get(session, job_id))


def log_of(settings: Settings, job_id: str) -> list[s.JobLogLine]:
    """The lines a job has written; raises `NotFound`."""
    with open_database(settings) as database, database.read() as session:
        queue.get(session, job_id)
        rows = session.scalars(select(JobLog).where(JobLog.job_id == job_id).order_by(JobLog.id))
        return [s.JobLogLine(id=row.id, at=row.at, level=row.level, line=row.line) for row in rows]


def cancelled(settings: Settings, job_id: str) -> s.Job:
    """A job after it was asked to stop; raises `NotFound` or `Conflict`."""
    with open_database(settings) as database, database.write() as session:
        audit.record(session, OWNER, "job.cancel", job_id)
        return job_schema(transitions.cancel(session, job_id))


def queued_again(settings: Settings, job_id: str) -> s.Job:
    """A failed or cancelled job after it was queued again; raises `NotFound` or `Conflict`."""
    with open_database(settings) as database, database.write() as session:
        audit.record(session, OWNER, "job.retry", job_id)
        return job_schema(transitions.retry(session, job_id))


def prioritised(settings: Settings, job_id: str, priority: s.Priority) -> s.Job:
    """A waiting job after its priority was changed; raises `NotFound` or `Conflict`."""
    with open_database(settings) as database, database.write() as session:
        job = queue.get(session, job_id)
        change(job, s.Me(name=OWNER, role="admin"), priority)
        audit.record(session, OWNER, "job.priority", job_id, priority=priority)
        return job_schema(job)
