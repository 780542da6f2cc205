"""How long a job still takes, in words that say whether the whole job is meant, and until when."""

from datetime import UTC, datetime, timedelta

from frontend.text import numbers
from shared import schemas as s


def left(job: s.Job, at: datetime | None = None) -> str:
    """`, about 3 min left in all, done about 16:53 UTC`; `… left in this step` where no more is known; or nothing."""
    if job.seconds_left_in_all is not None:
        return f", {about(job.seconds_left_in_all)} left in all{until(job.seconds_left_in_all, at)}"
    if job.seconds_left is not None:
        return f", {about(job.seconds_left)} left in this step"
    return ""


def about(seconds: float) -> str:
    """`about 20 s`, `about 3 min`: no more digits than an estimate deserves."""
    return f"about {max(5, round(seconds / 5) * 5)} s" if seconds < 55 else f"about {numbers.duration(seconds)}"


def until(seconds: float, at: datetime | None = None) -> str:
    """`, done about 16:53 UTC`; nothing where that is within a minute."""
    if seconds < 45:
        return ""
    end = (at or datetime.now(UTC)) + timedelta(seconds=seconds)
    day = "" if end.date() == (at or datetime.now(UTC)).date() else f"{end.day} {end:%b}, "
    return f", done about {day}{end:%H:%M} UTC"
