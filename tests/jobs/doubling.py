"""The task of a made-up kind of job, as a new one would be written; test_registry.py has its entry."""

from typing import Any, Literal

from backend.jobs.context import JobContext
from shared.schemas.base import Schema


class DoublingParams(Schema):
    """Double a number."""

    kind: Literal["doubling"] = "doubling"
    number: int


def run(context: JobContext, params: DoublingParams) -> dict[str, Any]:
    """Doubles the number."""
    context.progress("doubling", 1, 1)
    return {"doubled": 2 * params.number, "units": 1, "seconds": 90.0}
