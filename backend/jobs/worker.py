"""The worker: claims jobs, runs each in its own process, and cleans up after it.

A data folder of SQLite has one. On a database server there may be several, on several hosts: see the room
`hosts` for what happens where one of them loses the others.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import IO

from sqlalchemy import select

from backend.errors import Damaged, DiskFull, Unavailable
from backend.jobs import queue, transitions
from backend.jobs.hosts.claims import Claim, held
from backend.jobs.hosts.heartbeats import HeartbeatWatch
from backend.jobs.notices.sender import leave_unsent, start_senders
from backend.models import Job
from backend.settings import Settings
from backend.storage.database import Database
from backend.storage.folder_lock import MOST_WORKERS, worker_lock

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


@dataclass(frozen=True, slots=True)
class _Running:
    """A job that this worker has claimed, and its process."""

    claim: Claim
    process: subprocess.Popen[bytes]


class Worker:
    """Runs queued jobs until it is stopped.

    Args:
        settings: of the data folder; a place in it is held while `run` runs.
        stop: set it to end the worker: its jobs are killed and go back to the queue.
        alone: whether it gives way to another worker of the data folder, also where there may be several.
    """

    def __init__(self, settings: Settings, stop: threading.Event | None = None, *, alone: bool = False) -> None:
        self.settings = settings
        self.stop = stop or threading.Event()
        self._alone = alone
        self._running: dict[str, _Running] = {}
        self._watch = HeartbeatWatch()
        self._beaten = 0.0

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Work until `stop` is set or `until()` holds; raises `Conflict` where another worker has the place."""
        database = Database(self.settings, BUSY_SECONDS)
        places = MOST_WORKERS if database.several_hosts and not self._alone else 1
        ended = threading.Event()
        try:
            with worker_lock(self.settings.data_dir, places) as owner:
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
            self._kill_lost(self._beat(database, owner))
        for lane in self.settings.lanes:
            self._claim(database, lane, owner)

    def _beat(self, database: Database, owner: str) -> set[str]:
        """Says that this worker lives, and takes back what others left; gives the jobs that are still its own."""
        with database.write() as session:
            own = held(session, [running.claim for running in self._running.values()])
            queue.heartbeat(session, list(own))
            silent = partial(self._watch.silent, at=monotonic())
            transitions.requeue_lost(session, owner, own, self.settings.job_attempts, silent)
            leave_unsent(session, self.settings)
        return own

    def _kill_lost(self, own: set[str]) -> None:
        for job_id in self._running.keys() - own:
            log.warning("job %s was given to another worker: this host was cut off", job_id)
            _kill(self._running.pop(job_id).process)

    def _claim(self, database: Database, lane: str, owner: str) -> None:
        with database.read() as session:
            if not queue.claimable(session, lane):
                return
        try:
            with database.write() as session:
                job = queue.claim(session, lane, owner)
                claim = None if job is None else Claim.of(session, job.id)
        except Damaged as error:
            log.error("a job cannot be read and is left out: %s", error.sentence)
            with database.write() as session:
                unreadable = queue.fail_unreadable(session, lane, owner, error.sentence)
                if unreadable is None:
                    raise  # it is not the row of a job
                transitions.fail_waiting(session, unreadable)
            return
        if job is not None and claim is not None:
            self._running[claim.job_id] = _Running(claim, self._start(claim))
            log.info("job started", extra={"job_id": job.id, "kind": job.kind, "lane": lane, "attempt": job.attempts})

    def _start(self, claim: Claim) -> subprocess.Popen[bytes]:
        with _output(self.settings.data_dir, claim.job_id) as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "backend.jobs.run", claim.job_id, claim.owner or "", claim.started_at or ""],
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
        for job_id, running in list(self._running.items()):
            code = running.process.poll()
            if code is None:
                continue
            _kill(running.process)
            with database.write() as session:
                if held(session, [running.claim]):
                    transitions.requeue_or_fail(session, job_id, self.settings.job_attempts, how_it_ended(code))
            del self._running[job_id]  # only now: where the database is away, the next look tells it
            log.info("job process ended", extra={"job_id": job_id, "code": code})

    def _kill_cancelled(self, database: Database) -> None:
        if not self._running:
            return
        with database.read() as session:
            asked = session.scalars(select(Job.id).where(Job.state == "cancelling", Job.id.in_(self._running))).all()
        for job_id in asked:
            running = self._running[job_id]
            _kill(running.process)
            with database.write() as session:
                if held(session, [running.claim]):
                    transitions.mark_cancelled(session, job_id)
            del self._running[job_id]

    def _release_all(self, database: Database) -> None:
        for running in self._running.values():
            _kill(running.process)
        try:
            if self._running:
                with database.write() as session:
                    for job_id in held(session, [running.claim for running in self._running.values()]):
                        transitions.release(session, job_id)
        except Unavailable as error:
            log.warning("the jobs of this worker wait for the next one: %s", error.sentence)
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
