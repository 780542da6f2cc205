"""The worker, one per data folder: claims jobs, runs each in its own process, and cleans up after it."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import IO

from sqlalchemy import select

from backend.errors import Damaged, DiskFull, Unavailable
from backend.jobs import queue, transitions
from backend.jobs.notices.sender import leave_unsent, start_senders
from backend.jobs.registry import LANES
from backend.models import Job
from backend.settings import Settings
from backend.storage.database import Database
from backend.storage.folder_lock import worker_lock

log = logging.getLogger(__name__)
PAUSE_SECONDS = 0.25
HEARTBEAT_SECONDS = 5.0
BUSY_SECONDS = 30.0
"""How long a look waits for a database that is locked; then it is tried again, for as long as the lock is held."""
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)


class Worker:
    """Runs queued jobs until it is stopped.

    Args:
        settings: of the data folder; its lock is held while `run` runs.
        stop: set it to end the worker: its jobs are killed and go back to the queue.
    """

    def __init__(self, settings: Settings, stop: threading.Event | None = None) -> None:
        self.settings = settings
        self.stop = stop or threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._beaten = 0.0

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Work until `stop` is set or `until()` holds; raises `Conflict` where another worker has the data folder."""
        database = Database(self.settings, BUSY_SECONDS)
        ended = threading.Event()
        try:
            with worker_lock(self.settings.data_dir) as owner:
                start_senders(self.settings, ended)
                try:
                    while not self.stop.is_set() and not until():
                        try:
                            self._look(database, owner)
                        except (Unavailable, DiskFull) as error:  # both pass, and jobs must not die of them
                            log.warning("the worker looks again: %s", error.sentence)
                        self.stop.wait(PAUSE_SECONDS)
                finally:
                    self._release_all(database)
        finally:
            ended.set()
            database.close()

    def _look(self, database: Database, owner: str) -> None:
        self._collect(database)
        self._kill_cancelled(database)
        if monotonic() - self._beaten > HEARTBEAT_SECONDS:
            self._beaten = monotonic()
            with database.write() as session:
                queue.heartbeat(session, list(self._running))
                transitions.requeue_lost(session, owner, self._running, self.settings.job_attempts)
                leave_unsent(session, self.settings)
        for lane in LANES:
            self._claim(database, lane, owner)

    def _claim(self, database: Database, lane: str, owner: str) -> None:
        with database.read() as session:
            if not queue.claimable(session, lane):
                return
        try:
            with database.write() as session:
                job = queue.claim(session, lane, owner)
        except Damaged as error:
            log.error("a job cannot be read and is left out: %s", error.sentence)
            with database.write() as session:
                unreadable = queue.fail_unreadable(session, lane, error.sentence)
                if unreadable is None:
                    raise  # it is not the row of a job
                transitions.fail_waiting(session, unreadable)
            return
        if job is not None:
            self._running[job.id] = self._start(job.id)
            log.info("job started", extra={"job_id": job.id, "kind": job.kind, "lane": lane, "attempt": job.attempts})

    def _start(self, job_id: str) -> subprocess.Popen[bytes]:
        with _output(self.settings.data_dir, job_id) as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "backend.jobs.run", job_id],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=os.environ | dict.fromkeys(_THREAD_VARIABLES, str(self.settings.threads)),
            )
        assert process.stdin is not None
        try:
            process.stdin.write(self.settings.model_dump_json().encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it died at once; `_collect` sees that
        return process

    def _collect(self, database: Database) -> None:
        """Clean up after processes that ended: kill their children and requeue jobs whose row is still running."""
        for job_id, process in list(self._running.items()):
            code = process.poll()
            if code is None:
                continue
            _kill(process)
            del self._running[job_id]
            with database.write() as session:
                transitions.requeue_or_fail(session, job_id, self.settings.job_attempts, how_it_ended(code))
            log.info("job process ended", extra={"job_id": job_id, "code": code})

    def _kill_cancelled(self, database: Database) -> None:
        if not self._running:
            return
        with database.read() as session:
            asked = session.scalars(select(Job.id).where(Job.state == "cancelling", Job.id.in_(self._running))).all()
        for job_id in asked:
            _kill(self._running.pop(job_id))
            with database.write() as session:
                transitions.mark_cancelled(session, job_id)

    def _release_all(self, database: Database) -> None:
        for process in self._running.values():
            _kill(process)
        if self._running:
            with database.write() as session:
                for job_id in self._running:
                    transitions.release(session, job_id)
        self._running.clear()


def stop_on_signals(stop: threading.Event) -> None:
    """Make SIGTERM and SIGINT end the worker cleanly; main thread only."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def how_it_ended(code: int) -> str:
    """How a job's process ended without a result, in words that continue "The job"."""
    if code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    if code == transitions.TRY_AGAIN:
        return "lost its cluster or its store of files"
    return f"ended without a result (code {code})"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a job's process group, including orphans of its leader, and wait for the leader."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # it died before it read its settings
            process.stdin.close()


def _output(data_dir: Path, job_id: str) -> IO[bytes]:
    """The log file of a job's process: tracebacks and output of libraries."""
    folder = data_dir / "logs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return (folder / f"job-{job_id}.txt").open("ab")
