"""How many jobs a user may have queued or running at once: by a quota of their own, else by the settings."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import Conflict
from backend.models import Job, Quota
from backend.settings import Settings

OPEN = ("queued", "running", "cancelling")
UNCOUNTED = ("selfcheck",)
"""Kinds that follow another job by themselves: their user did not ask for them."""


def limit_of(session: Session, settings: Settings, user: str) -> int:
    """How many jobs of a user may be open."""
    own = session.get(Quota, ("user", user))
    return settings.jobs_per_user if own is None or own.open_jobs is None else own.open_jobs


def count_open(session: Session, user: str) -> int:
    """How many jobs of a user are open."""
    statement = select(func.count()).select_from(Job)
    statement = statement.where(Job.submitted_by == user, Job.state.in_(OPEN), Job.kind.not_in(UNCOUNTED))
    return session.scalar(statement) or 0


def check_open_jobs(session: Session, settings: Settings, user: str, kind: str) -> None:
    """Raises Conflict where one more job of a user would be too many."""
    if kind in UNCOUNTED:
        return
    most = limit_of(session, settings, user)
    if count_open(session, user) >= most:
        jobs = "job" if most == 1 else "jobs"
        raise Conflict(
            f"You may have {most} {jobs} waiting or running at once, and this would be one more; wait until some have "
            "ended, cancel some, or ask an administrator of this server."
        )
