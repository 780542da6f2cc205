"""The worker as a process of its own, killed in the ways machines kill."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from sqlalchemy import func, select

from backend.errors import Conflict
from backend.jobs import queue, run, transitions
from backend.jobs.compute import measure_case
from backend.jobs.data.cohorts import accepted
from backend.jobs.worker import Worker
from backend.models import Case, Radiomics
from backend.science.radiomics.parameters.parameter_file import parse
from backend.science.radiomics.parameters.settings import settings_of
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.storage.folder_lock import worker_lock, worker_runs
from backend.storage.volumes import stored
from shared import schemas as s
from tests.jobs import tiny
from tests.postgres.per_folder import ON_SERVER

PATIENCE = 250.0  # seconds that only a very busy machine takes


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.05)


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "backend.cli.main", "worker", "--data-dir", str(settings.data_dir)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=os.environ | {"RADIOMICLENS_WORKERS": "1"})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def job_processes(job_id: str) -> list[psutil.Process]:
    """The processes of a job: its leader and everything in its group."""
    leaders = [p for p in psutil.process_iter(["cmdline"]) if job_id in (p.info["cmdline"] or [])]
    groups = {leader.pid for leader in leaders}
    return [p for p in psutil.process_iter() if _group(p.pid) in groups]


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def measured(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Radiomics.values.is_not(None))) or 0


@pytest.fixture
def cohort(settings) -> str:
    return tiny.store_studies(settings, 5)


def slow(cohort: str) -> s.ExtractParams:
    return s.ExtractParams(cohort_id=cohort, settings="slow.yaml", yaml=tiny.SLOW)


def test_a_job_survives_the_death_of_itself_and_of_its_worker(settings, database, cohort) -> None:
    job = tiny.submit(settings, slow(cohort))
    with worker(settings) as first:
        until(lambda: measured(database) >= 1, "the first result")
        leader = next(p for p in job_processes(job.id) if p.pid == _group(p.pid))
        leader.kill()
        leader.wait(20)
        before = measured(database)
        until(lambda: measured(database) > before, "the restarted job")
        processes = job_processes(job.id)
        assert processes
        first.kill()
        first.wait()
        until(lambda: not [p for p in processes if p.is_running() and p.status() != "zombie"], "the orphans to die")
    assert tiny.read(settings, job.id).state == "running", "nobody was left to write that it stopped"
    with worker(settings):
        until(lambda: tiny.read(settings, job.id).state in queue.ENDED, "the second worker")
    ended = tiny.read(settings, job.id)
    assert (ended.state, ended.result["failed"]) == ("done", 0)
    with database.read() as session:
        rows = session.execute(select(Case.study_id, Radiomics.roi, Radiomics.values).join(Radiomics)).all()
    resumed = {(study, roi): values for study, roi, values in rows if values is not None}
    assert len(resumed) == 8
    expected = uninterrupted(settings, cohort, database)
    assert resumed.keys() == expected.keys()
    for key, values in expected.items():
        assert np.array_equal(values, resumed[key], equal_nan=True)


def uninterrupted(settings, cohort: str, database: Database) -> dict[tuple[str, str], np.ndarray]:
    """The same measurements in this process, in one go."""
    with database.read() as session:
        cases = accepted(session, cohort)
    chosen = settings_of(parse(tiny.SLOW, "slow.yaml"), "slow.yaml")
    files = BlobStore(settings.data_dir / "files")
    found = {}
    for case in cases:
        rois = tuple(roi for roi in ("gland", "lesion") if getattr(case, f"{roi}_ml"))
        order = measure_case.Order(tuple(stored(v) for v in case.volumes), rois, chosen, chosen.settings_hash)
        found |= {(case.study_id, roi): one.values for roi, one in measure_case.measure(files, order).items()}
    return found


def test_cancelling_kills_the_processes_and_keeps_what_was_saved(settings, database, cohort) -> None:
    job = tiny.submit(settings, slow(cohort))
    with worker(settings):
        until(lambda: measured(database) >= 1, "the first result")
        processes = job_processes(job.id)
        with database.write() as session:
            transitions.cancel(session, job.id)
        until(lambda: tiny.read(settings, job.id).state == "cancelled", "the cancellation")
        until(lambda: not [p for p in processes if p.is_running() and p.status() != "zombie"], "its processes to die")
        assert 1 <= measured(database) < 8
        with database.write() as session:
            transitions.retry(session, job.id)
        until(lambda: tiny.read(settings, job.id).state == "done", "the retried job")
    assert tiny.read(settings, job.id).result["reused"] >= 1


def test_a_stopped_worker_gives_its_job_back_and_leaves_no_process(settings, database, cohort) -> None:
    job = tiny.submit(settings, slow(cohort))
    with worker(settings) as process:
        until(lambda: job_processes(job.id), "the job to start")
        processes = job_processes(job.id)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not [p for p in processes if p.is_running() and p.status() != "zombie"]
    given_back = tiny.read(settings, job.id)
    assert (given_back.state, given_back.attempts) == ("queued", 0)


@pytest.mark.skipif(ON_SERVER, reason="workers on PostgreSQL share a data folder")
def test_one_worker_a_data_folder(settings) -> None:
    with worker_lock(settings.data_dir) as owner, pytest.raises(Conflict, match="Another worker"):
        Worker(settings).run(until=lambda: True)
    with worker_lock(settings.data_dir) as again:
        assert again == owner, "the folder's worker knows its own rows again"


def test_asking_whether_a_worker_runs_takes_the_place_from_nobody(settings) -> None:
    assert not worker_runs(settings.data_dir / "none")
    with worker_lock(settings.data_dir):
        assert worker_runs(settings.data_dir)
    assert not worker_runs(settings.data_dir)
    with (settings.data_dir / "worker.lock").open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)  # somebody else asks at this moment
        assert not worker_runs(settings.data_dir)
        asked = threading.Timer(0.2, fcntl.flock, (asking, fcntl.LOCK_UN))
        asked.start()
        Worker(settings).run(until=lambda: True)
        asked.join()


def test_a_third_process_of_a_job_waits_for_the_second_that_waited_for_the_first(tmp_path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def second() -> None:
        with run._only_one(tmp_path, "job"):
            entered.set()
            leave.wait(20)

    with run._only_one(tmp_path, "job"):
        waiting = threading.Thread(target=second)
        waiting.start()
        until(lambda: times_open(tmp_path / "locks" / "job") == 2, "the second to come")
        assert not entered.is_set()
    assert entered.wait(20)
    with (tmp_path / "locks" / "job").open("a") as third, pytest.raises(BlockingIOError):
        fcntl.flock(third, fcntl.LOCK_EX | fcntl.LOCK_NB)
    leave.set()
    waiting.join()


def times_open(path: Path) -> int:
    return [str(path) == os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()].count(True)


def test_a_job_that_cannot_start_fails_after_its_attempts(settings, database, monkeypatch) -> None:
    job = tiny.submit(settings, s.SynthTablesParams(cohort="sample", patients=30))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    Worker(settings, threading.Event()).run(until=lambda: tiny.read(settings, job.id).state in queue.ENDED)
    ended = tiny.read(settings, job.id)
    assert (ended.state, "3 times without getting further" in ended.error) == ("failed", True)
