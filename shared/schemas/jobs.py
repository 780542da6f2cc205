"""Jobs: work requested, how it is going, what it would do."""

from datetime import datetime
from typing import Any

from pydantic import Field

from shared.schemas.base import JobState, Priority, Schema


class Job(Schema):
    """A piece of work and how it is going."""

    id: str
    project_id: str = "default"
    kind: str
    title: str
    state: JobState
    step: str
    done: int
    total: int
    attempts: int
    error: str
    params: dict[str, Any]
    result: dict[str, Any]
    depends_on: list[str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(description="From the pace of the present step; null when unknown.")
    seconds_left_in_all: float | None = Field(
        default=None, description="Of the present step and those after it; null when unknown."
    )
    n_steps: int = Field(default=0, description="Steps begun so far.")
    priority: Priority = "normal"


class JobPriority(Schema):
    """The priority that a job is to have."""

    priority: Priority


class JobLogLine(Schema):
    """One line of a job's log."""

    id: int
    at: datetime
    level: str
    line: str


class JobPlan(Schema):
    """What a request would do, before it is made."""

    title: str
    sentences: list[str] = Field(description="What will happen, how long about, what is reused.")
    refusal: str | None = Field(description="Why it cannot be done, or null.")
    seconds: float | None = Field(default=None, description="How long about; null where nothing tells.")


class ChainPlan(Schema):
    """What a chain of requests would do, before it is made."""

    steps: list[JobPlan] = Field(description="One a step, in order; those after a refused one are left out.")
    refusal: str | None = Field(description="Why the first step that cannot be done cannot, or null.")
    seconds: float | None = Field(description="Until the last step ends, as far as it is known.")
