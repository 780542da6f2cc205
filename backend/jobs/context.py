"""What a task works with: the database, the file store, and the row it reports to."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from backend.jobs import queue
from backend.jobs.compute.executors import CaseExecutor, InlineExecutor, LocalExecutor
from backend.jobs.compute.subprocess_pool import Limits
from backend.science.text_format import counted
from backend.settings import Settings
from backend.storage.blob_store import BlobBundle, BlobStore
from backend.storage.database import Database
from backend.storage.volume_reader import BlobSource

SECONDS_BETWEEN_REPORTS = 0.4


@dataclass
class JobContext:
    """The surroundings of one running job."""

    settings: Settings
    database: Database
    files: BlobStore
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
        """Records that something a restart will reuse is stored."""
        with self.database.write() as session:
            queue.saved(session, self.job_id)

    def log(self, line: str, level: str = "info") -> None:
        """Adds a line to the job's log: study ids are allowed, names of patients and paths are not."""
        with self.database.write() as session:
            queue.log(session, self.job_id, line, level)

    @contextmanager
    def case_executor(self) -> Iterator[CaseExecutor]:
        """The executor of cases that the settings name; closed at the end.

        Raises ClusterLost where the cluster cannot be reached.
        """
        chosen = self.settings
        limits = Limits(chosen.case_memory_mb, chosen.case_seconds)
        if chosen.executor == "inline":
            yield CaseExecutor(InlineExecutor(), lambda: 1)
        elif chosen.executor == "local":
            with LocalExecutor(chosen.workers, limits) as local:
                yield CaseExecutor(local, lambda: chosen.workers)
        else:
            from backend.jobs.compute.dask_executor import cluster_executor

            with cluster_executor(chosen, limits) as cluster:
                yield CaseExecutor(cluster, cluster.width, _Once(lambda: cluster.width() == 0, self._no_worker))

    def voxels(self, hashes: Sequence[str]) -> BlobSource:
        """Where the process that computes a case reads these files from; their bytes themselves where it is remote.

        Called when a case is queued, so the reading is under way while earlier cases are computed.
        """
        if self.settings.remote and self.settings.node_files is not None:
            return BlobStore(self.settings.node_files)
        if not self.settings.remote and not self.files.travels:
            self.files.prefetch(hashes)
            return self.files
        return BlobBundle({sha256: self.files.read(sha256) for sha256 in hashes})

    def _no_worker(self) -> None:
        chosen = self.settings
        if chosen.batch:
            jobs = counted(chosen.cluster_jobs, "job")
            self.log(f"{jobs} asked of {chosen.executor}, and none computes yet; the cases wait.", "warning")
        else:
            self.log(f"No dask worker is connected to {chosen.executor}; the cases wait for one.", "warning")


@dataclass
class _Once:
    """Calls `say` when `holds` first becomes true, and again only after it was false."""

    holds: Callable[[], bool]
    say: Callable[[], None]
    _said: bool = field(default=False, init=False)

    def __call__(self) -> None:
        holds = self.holds()
        if holds and not self._said:
            self.say()
        self._said = holds
