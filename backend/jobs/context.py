"""What a task has at hand: the database, the file store, and the row it reports to."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from backend.database import Database
from backend.files import Files
from backend.jobs import queue
from backend.jobs.executors import InlineExecutor, LocalExecutor
from backend.settings import Settings

SECONDS_BETWEEN_REPORTS = 0.4


@dataclass
class JobContext:
    """The surroundings of one running job."""

    settings: Settings
    database: Database
    files: Files
    job_id: str
    local: bool = False
    _step: str = field(default="", init=False)
    _reported: float = field(default=0.0, init=False)

    def progress(self, step: str, done: int, total: int) -> None:
        """Reports to the row; at most a few times a second, but never without a new step or the last unit."""
        if step == self._step and done < total and monotonic() - self._reported < SECONDS_BETWEEN_REPORTS:
            return
        self._step, self._reported = step, monotonic()
        with self.database.write() as session:
            queue.progress(session, self.job_id, step, done, total)

    def saved(self) -> None:
        """Says that a restart would now begin further on."""
        with self.database.write() as session:
            queue.saved(session, self.job_id)

    def log(self, line: str, level: str = "info") -> None:
        """Adds a line to the job's log: study ids are allowed, names of patients and paths are not."""
        with self.database.write() as session:
            queue.log(session, self.job_id, line, level)

    @contextmanager
    def executor(self) -> Iterator[tuple[Executor, int]]:
        """Where cases are computed, and how many at once."""
        if self.settings.executor == "inline":
            yield InlineExecutor(), 1
            return
        limits = self.settings
        with LocalExecutor(limits.workers, limits.case_memory_mb, limits.case_seconds) as executor:
            yield executor, limits.workers
