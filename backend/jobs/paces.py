"""How long a request will take: from jobs of its kind done here before, else from figures measured on two cores."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Job

STARTUP_SECONDS = 4.0
MEASURED = {
    "synth": 1.5,
    "synth_tables": 0.02,
    "extract": 6.0,
    "pretrain": 0.15,
    "finetune": 0.15,
    "analyze": 10.0,
}
"""Seconds a unit: a study, a patient, a region, a study and epoch (twice), an analysis."""
EARLIER_JOBS = 5


def seconds(session: Session, kind: str, units: int) -> float:
    """Seconds that `units` of a kind of work take; jobs answered from the cache do not count as experience."""
    return STARTUP_SECONDS + units * _seconds_each(session, kind)


def about(session: Session, kind: str, units: int) -> str:
    """The same as a sentence."""
    return f"That takes about {in_words(seconds(session, kind, units))}."


def in_words(time: float) -> str:
    """`20 s`, `3 min`, `2 h`: no more digits than an estimate deserves."""
    if time < 60:
        return f"{max(5, round(time / 5) * 5):.0f} s"
    return f"{round(time / 60):.0f} min" if time < 5400 else f"{round(time / 3600):.0f} h"


def _seconds_each(session: Session, kind: str) -> float:
    done = session.scalars(
        select(Job).where(Job.kind == kind, Job.state == "done").order_by(Job.finished_at.desc()).limit(EARLIER_JOBS)
    )
    paces = [job.result["seconds"] / job.result["units"] for job in done if job.result.get("units")]
    return sorted(paces)[len(paces) // 2] if paces else MEASURED[kind]
