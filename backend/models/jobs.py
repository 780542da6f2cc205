"""Jobs, their dependencies and their logs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.models.base import Base, strict
from backend.models.columns import new_id, now
from backend.models.projects import DEFAULT_PROJECT


class Job(Base):
    """The state of a piece of work: queued -> running -> done | failed | cancelled (cancelling between).

    `attempts` counts starts since the last durable progress. `local` marks a request of the command line, whose paths
    need no import root. `step_at` is when the present step began, `step_from` the value of `done` at that time.
    `steps` are those that this start has begun, as [name, seconds after its start]; `expected_seconds` is what
    its plan said that it takes. `priority` is -1, 0 or 1: low, normal, high. All that it reads and makes is of one
    project.
    """

    __tablename__ = "jobs"
    __table_args__ = strict(Index("ix_jobs_turns", "lane", "project_id", "submitted_by", "started_at"))
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), default=DEFAULT_PROJECT)
    kind: Mapped[str]
    title: Mapped[str]
    lane: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued", index=True)
    params: Mapped[dict[str, Any]]
    local: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(default="")
    step_at: Mapped[datetime | None]
    step_from: Mapped[int] = mapped_column(default=0)
    steps: Mapped[list[Any]] = mapped_column(default=list)
    expected_seconds: Mapped[float | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None]
    error: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    submitted_by: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(index=True)
    priority: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    needs: Mapped[list["JobNeed"]] = relationship(
        foreign_keys="JobNeed.job_id", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def depends_on(self) -> list[str]:
        """Ids of the jobs that must be done before this one may start."""
        return [need.needs_id for need in self.needs]


class JobNeed(Base):
    """A dependency: job `job_id` waits for job `needs_id`."""

    __tablename__ = "job_needs"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    needs_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True, index=True)


class JobLog(Base):
    """One line of a job's log."""

    __tablename__ = "job_logs"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    level: Mapped[str] = mapped_column(default="info")
    line: Mapped[str]
