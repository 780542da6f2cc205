"""How long a running job still takes in all: its present step by its pace, later ones as an earlier job took them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs.queue import seconds_left
from backend.models import Job, now

EARLIER_JOBS = 5


def seconds_left_in_all(session: Session, job: Job, at: datetime | None = None) -> float | None:
    """Seconds until the job ends; None where nothing tells.

    Steps to come take as long as they took in the latest job of this kind that went through the present one, scaled by
    how long that lasts here. Without such a job it is what the plan said, less what has passed.
    """
    if job.state != "running" or job.started_at is None:
        return None
    moment = at or now()
    here = seconds_left(job, moment)
    passed = (moment - job.started_at).total_seconds()
    for earlier in _earlier(session, job.kind):
        rest = _as_before(job, earlier, here, passed)
        if rest is not None:
            return rest
    if job.expected_seconds is not None:
        return max(here or 0.0, job.expected_seconds - passed)
    return None


def _as_before(job: Job, earlier: Job, here: float | None, passed: float) -> float | None:
    """By the steps of an earlier job; None where it had no step like the present one."""
    steps = lasting(earlier)
    names = [name for name, _ in steps]
    if job.step not in names:
        return None
    place = _place(job, names)
    begun = job.steps[-1][1] if job.steps else passed
    before, after = steps[place][1], sum(seconds for _, seconds in steps[place + 1 :])
    if here is None:
        return max(0.0, before - (passed - begun)) + after
    scale = (passed - begun + here) / before if before > 0 else 1.0
    return here + after * scale


def _place(job: Job, names: Sequence[str]) -> int:
    """Which of the earlier job's steps of this name is the present one: as many of them have begun."""
    places = [place for place, name in enumerate(names) if name == job.step]
    begun: int = sum(name == job.step for name, _ in job.steps)
    return places[min(max(begun, 1), len(places)) - 1]


def lasting(job: Job) -> list[tuple[str, float]]:
    """The steps of a job that ended, and how many seconds each took."""
    if job.started_at is None or job.finished_at is None:
        return []
    ends = [at for _, at in job.steps[1:]] + [(job.finished_at - job.started_at).total_seconds()]
    return [(name, max(0.0, end - at)) for (name, at), end in zip(job.steps, ends, strict=True)]


def _earlier(session: Session, kind: str) -> Sequence[Job]:
    statement = select(Job).where(Job.kind == kind, Job.state == "done").order_by(Job.finished_at.desc())
    return [one for one in session.scalars(statement.limit(EARLIER_JOBS)) if one.steps]
