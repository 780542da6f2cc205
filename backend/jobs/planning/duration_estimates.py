"""How long a request will take: from jobs of its kind done here before, else from a pace measured on two cores."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Job
from shared.schemas import EncoderInput

STARTUP_SECONDS = 4.0
SMALL_INPUT = 32 * 96 * 96
COST_OF_ARCH = {"atto": 1, "femto": 1.4, "pico": 2.5, "nano": 4.2, "tiny": 9, "base": 27, "large": 61}
"""Work a voxel against the smallest encoder, from the blocks' and channels' multiplications."""
EARLIER_JOBS = 5


def seconds(session: Session, kind: str, pace: float, units: float) -> float:
    """Seconds that so many units of a kind of work take.

    Takes the median pace of the last jobs of the kind that computed something, else `pace` (seconds a unit).
    """
    return STARTUP_SECONDS + units * _seconds_each(session, kind, pace)


def training_units(cases: int, epochs: int, arch: str, window: EncoderInput) -> float:
    """Work of a training in units of one study, one epoch, the smallest encoder and 32 x 96 x 96 voxels."""
    voxels = window.size_zyx[0] * window.size_zyx[1] * window.size_zyx[2]
    return cases * epochs * COST_OF_ARCH.get(arch.removeprefix("convnextv2-"), 1) * voxels / SMALL_INPUT


def in_words(time: float) -> str:
    """Seconds as `20 s`, `3 min` or `2 h`: no more digits than an estimate deserves."""
    if time < 60:
        return f"{max(5, round(time / 5) * 5):.0f} s"
    return f"{round(time / 60):.0f} min" if time < 5400 else f"{round(time / 3600):.0f} h"


def _seconds_each(session: Session, kind: str, measured: float) -> float:
    done = session.scalars(
        select(Job).where(Job.kind == kind, Job.state == "done").order_by(Job.finished_at.desc()).limit(EARLIER_JOBS)
    )
    paces = [job.result["seconds"] / job.result["units"] for job in done if job.result.get("units")]
    return sorted(paces)[len(paces) // 2] if paces else measured
