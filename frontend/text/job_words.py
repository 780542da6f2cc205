"""How long a job still takes, in words that say whether the whole job is meant."""

from frontend.text import numbers
from shared import schemas as s

ONE_STEP = ("extract", "embed", "synth", "import_cases")
"""Kinds of jobs whose one step that counts is the whole work; of others only the present step is known."""


def left(job: s.Job) -> str:
    """`, 3 min left`; `, 3 min left in this step` where others may follow; nothing without a pace."""
    if job.seconds_left is None:
        return ""
    of = "" if job.kind in ONE_STEP else " in this step"
    return f", {numbers.duration(job.seconds_left)} left{of}"
