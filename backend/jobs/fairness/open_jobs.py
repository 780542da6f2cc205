"""How many jobs a user may have queued or running at once: by a quota of their own, else by the settings."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import Conflict
from backend.models import Job, Quota
from backend.settings import Settings

OPEN = ("queued", "running", "cancelling")
FOLLOWING = "selfcheck"
"""The kind of job that follows an analysis by itself: its user did not ask for it."""


def limit_of(session: Session, settings: Settings, user: str) -> int:
    """How many jobs of a user may be open."""
    own = session.get(Quota, ("user", user))
    return settings.jobs_per_user if own is None or own.open_jobs is None else own.open_jobs


def key_of_power(analysis_id: str) -> str:
    """The idempotency key of the self-check that follows an analysis; there is one such job at most."""
    return f"power of {analysis_id}"


def count_open(session: Session, user: str) -> int:
    """How many jobs of a user are open, without the self-checks that follow an analysis by themselves."""
    mine = Job.submitted_by == user, Job.state.in_(OPEN)
    count = session.scalar(select(func.count()).select_from(Job).where(*mine)) or 0
    checks = session.execute(select(Job.params, Job.idempotency_key).where(*mine, Job.kind == FOLLOWING))
    return count - sum(_follows(FOLLOWING, params, (key or "").removeprefix(f"{user}\n")) for params, key in checks)


def _follows(kind: str, params: Mapping[str, Any], key: str | None) -> bool:
    analysis_id = params.get("analysis_id")
    return kind == FOLLOWING and analysis_id is not None and key == key_of_power(analysis_id)


def check_open_jobs(
    session: Session, settings: Settings, user: str, kind: str, params: Mapping[str, Any], key: str | None
) -> None:
    """Raises Conflict where one more job of a user would be too many."""
    if _follows(kind, params, key):
        return
    most = limit_of(session, settings, user)
    if count_open(session, user) >= most:
        jobs = "job" if most == 1 else "jobs"
        raise Conflict(
            f"You may have {most} {jobs} waiting or running at once, and this would be one more; wait until some have "
            "ended, cancel some, or ask an administrator of this server."
        )
