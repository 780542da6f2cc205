"""One job at a time on the GPU of a machine, whichever data folder it is of. The place is a lock: no GPU is needed."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.jobs.compute import gpu_lock
from backend.jobs.context import JobContext
from backend.models import JobLog
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny


@pytest.fixture
def context(settings: Settings, database: Database) -> JobContext:
    job_id = tiny.submit(settings, s.PretrainParams(cohort_id=tiny.store_studies(settings, 4))).id
    return JobContext(settings, database, BlobStore(settings.data_dir / "files"), job_id)


def logged(context: JobContext) -> list[str]:
    with context.database.read() as session:
        return list(session.scalars(select(JobLog.line)))


def test_a_second_job_waits_for_the_first_and_says_so_once(
    context: JobContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gpu_lock, "gpu", lambda: "of-this-test")
    monkeypatch.setattr(gpu_lock, "place", lambda name: tmp_path / name)
    monkeypatch.setattr(gpu_lock, "free", lambda: None)
    entered, leave, order = threading.Event(), threading.Event(), []

    def first() -> None:
        with gpu_lock.device_lane(context):
            entered.set()
            leave.wait(20)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    assert entered.wait(20)
    assert logged(context) == []
    threading.Timer(0.3, leave.set).start()
    with gpu_lock.device_lane(context):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]
    assert logged(context) == ["Another job computes on this machine's GPU; this one waits for it."]


def test_a_job_on_a_cpu_waits_for_nobody_and_leaves_no_file(context: JobContext) -> None:
    assert gpu_lock.gpu() is None
    with gpu_lock.device_lane(context), gpu_lock.device_lane(context):
        assert logged(context) == []


def test_the_place_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = gpu_lock.place("GPU-1")
    assert path.parent.parent == tmp_path
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert gpu_lock.place("GPU-2") != path == gpu_lock.place("GPU-1")
