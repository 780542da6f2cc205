"""What one process counts of its requests and jobs for `/metrics`; each application has its own, nothing is global."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
JOB_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 12 * 3600.0, 48 * 3600.0)
OVERLAP = timedelta(minutes=5)
"""How far back each look for ended jobs goes again: the clocks of several hosts differ a little."""


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job that has ended, and how long it ran."""

    job_id: str
    kind: str
    state: str
    ended_at: datetime
    seconds: float


class Counted:
    """Counts since the process started, as counters of Prometheus do."""

    def __init__(self, started_at: datetime) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._seconds = Histogram(
            "radiomiclens_http_request_duration_seconds",
            "Time until an answer began.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=REQUEST_SECONDS,
        )
        self._pages = Gauge("radiomiclens_dashboard_pages", "Open pages of the dashboard.", registry=self.registry)
        self._jobs = Histogram(
            "radiomiclens_job_duration_seconds",
            "How long jobs ran that have ended since this process started.",
            ("kind", "state"),
            registry=self.registry,
            buckets=JOB_SECONDS,
        )
        self.ended_since = started_at
        self._counted: dict[tuple[str, datetime], None] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answer."""
        self._seconds.labels(method, route, f"{status // 100}xx").observe(seconds)

    @contextmanager
    def open_page(self) -> Iterator[None]:
        """Counts a page of the dashboard while it is open."""
        with self._pages.track_inprogress():
            yield

    def ended(self, jobs: Iterable[EndedJob]) -> None:
        """Counts jobs that have ended after `ended_since`; each end once, however often it is given."""
        newest = self.ended_since + OVERLAP
        for job in jobs:
            if (job.job_id, job.ended_at) not in self._counted:
                self._counted[job.job_id, job.ended_at] = None
                self._jobs.labels(job.kind, job.state).observe(job.seconds)
            newest = max(newest, job.ended_at)
        self.ended_since = max(self.ended_since, newest - OVERLAP)
        self._counted = {key: None for key in self._counted if key[1] > self.ended_since}
