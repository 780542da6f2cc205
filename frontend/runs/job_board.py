"""Jobs that belong together as a pipeline: each with symbol and word, arrows to those that wait for it."""

from collections.abc import Sequence

from frontend.runs import job_steps
from frontend.text.escape import escape_markdown
from shared import schemas as s

ARROW = " :material/arrow_forward: "


def pipelines(jobs: Sequence[s.Job]) -> list[list[s.Job]]:
    """Jobs that wait for one another, each group in the order in which they were asked for; `jobs` newest first."""
    group_of = {job.id: {job.id} for job in jobs}
    for job in jobs:
        for needed in job.depends_on:
            if needed in group_of:
                joined = group_of[job.id] | group_of[needed]
                for each in joined:
                    group_of[each] = joined
    found: dict[int, list[s.Job]] = {}
    for job in reversed(jobs):
        found.setdefault(id(group_of[job.id]), []).append(job)
    return list(found.values())


def row_of(jobs: Sequence[s.Job]) -> str:
    """`✓ Import tables done → ▶ Analyse malignant gland running`: the jobs in their order."""
    parts = []
    for job in jobs:
        icon, word = job_steps.STATES[job.state]
        parts.append(f"{icon} **{escape_markdown(job_steps.short(job))}** {word}")
    return ARROW.join(parts)
