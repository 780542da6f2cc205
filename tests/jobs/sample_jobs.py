"""Jobs that tests of the queue submit and look at."""

from backend.jobs import queue, submission
from backend.storage.database import Database
from shared import schemas as s


def make(session, settings, name="sample", after=(), key=None):
    request = s.JobSubmit(params=s.SynthTablesParams(cohort=name, patients=30), after=list(after))
    return submission.submit(session, settings, request, key=key)


def state(database: Database, job_id: str) -> tuple[str, str]:
    with database.read() as session:
        job = queue.get(session, job_id)
        return job.state, job.error
