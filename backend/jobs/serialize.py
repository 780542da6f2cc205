"""A job as the wire contract has it, for everything that shows jobs."""

from backend.jobs.queue import seconds_left
from backend.models import Job
from shared import schemas as s


def job_schema(row: Job) -> s.Job:
    """The schema of a row, with the time its step still takes."""
    fields = {name: getattr(row, name) for name in s.Job.model_fields if name != "seconds_left"}
    return s.Job.model_validate(fields | {"seconds_left": seconds_left(row)})
