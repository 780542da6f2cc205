"""How long a request will take: from jobs of its kind done here before, else from figures measured on two cores."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Job
from shared.schemas import EncoderInput

STARTUP_SECONDS = 4.0
MEASURED = {
    "synth": 1.5,
    "synth_tables": 0.02,
    "extract": 4.5,
    "import_encoder": 0.1,
    "embed": 0.1,
    "pretrain": 0.3,
    "finetune": 0.25,
    "analyze": 20.0,
    "compare": 10.0,
    "selfcheck": 0.2,
    "trajectory": 12.0,
}
"""Seconds a unit: a study, a patient, a region, a `training_units` (three times), an analysis (twice),
a patient and seed,
a point."""
SMALL_INPUT = 32 * 96 * 96
COST_OF_ARCH = {"atto": 1, "femto": 1.4, "pico": 2.5, "nano": 4.2, "tiny": 9, "base": 27, "large": 61}
"""Work a voxel against the smallest encoder, from the blocks' and channels' multiplications."""
EARLIER_JOBS = 5


def seconds(session: Session, kind: str, units: float) -> float:
    """Seconds that `units` of a kind of work take; jobs answered from the cache do not count as experience."""
    return STARTUP_SECONDS + units * _seconds_each(session, kind)


def training_units(cases: int, epochs: int, arch: str, given: EncoderInput) -> float:
    """Work of a training in units of one study, one epoch, the smallest encoder and 32 x 96 x 96 voxels."""
    voxels = given.size_zyx[0] * given.size_zyx[1] * given.size_zyx[2]
    return cases * epochs * COST_OF_ARCH.get(arch.removeprefix("convnextv2-"), 1) * voxels / SMALL_INPUT


def about(session: Session, kind: str, units: float) -> str:
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
