"""Priorities of jobs: `high` goes before everybody's and is an administrator's to give, `low` waits for all others."""

from backend.errors import Conflict, Forbidden
from backend.models import Job
from shared.schemas import Me, Priority

RANK: dict[Priority, int] = {"low": -1, "normal": 0, "high": 1}


def word(rank: int) -> Priority:
    """The name of a stored priority; one that no version has written counts as normal."""
    return next((name for name, known in RANK.items() if known == rank), "normal")


def check_may_give(user: Me, priority: Priority) -> None:
    """Raises Forbidden where a user asks for a priority that only an administrator gives."""
    if priority == "high" and user.role != "admin":
        raise Forbidden("Only an administrator may put a job before those of others; choose normal or low.")


def change(job: Job, user: Me, priority: Priority) -> None:
    """Changes the priority of a queued job.

    Raises Forbidden for a job of somebody else unless an administrator asks, Conflict once the job has begun.
    """
    check_may_give(user, priority)
    if user.role != "admin" and job.submitted_by != user.name:
        raise Forbidden("This job is of somebody else; only they or an administrator may change its priority.")
    if job.state != "queued":
        raise Conflict(f"The job “{job.title}” is {job.state}; only a job that waits can get another priority.")
    job.priority = RANK[priority]
