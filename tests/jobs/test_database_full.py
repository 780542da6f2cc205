"""SQLite has no page left while a job works: the job waits with a clear step, and what is stored stays."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import Connection, Engine, event, func, select, update

from backend.access import audit
from backend.errors import DiskFull
from backend.jobs.resume import disk_wait
from backend.jobs.run import execute
from backend.models import Audit, Case, Job, JobLog, Radiomics
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.storage.database_room import database_has_room
from backend.storage.integrity_check import check_store
from shared import schemas as s
from tests.jobs import tiny


@contextmanager
def few_pages(settings: Settings, left: int, limited: threading.Event) -> Iterator[None]:
    """While `limited`, SQLite itself says it is full once the database grew by `left` pages."""
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()

    def limit(connection: Connection) -> None:
        most = pages + left if limited.is_set() else 2**30
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    event.listen(Engine, "begin", limit)
    try:
        yield
    finally:
        event.remove(Engine, "begin", limit)


def submitted(settings: Settings, database: Database) -> Job:
    job = tiny.submit(settings, s.SynthTablesParams(cohort="full", patients=60))
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state="running", owner="test"))
    return job


def wait_for(settings: Settings, job_id: str, step: str) -> None:
    end = time.monotonic() + 60
    while tiny.read(settings, job_id).step != step:
        assert time.monotonic() < end, tiny.read(settings, job_id).step
        time.sleep(0.05)


def features_of(database: Database, cohort_id: object) -> list[tuple[str, bytes]]:
    with database.read() as session:
        rows = select(Case.study_id, Radiomics.values).join(Radiomics).where(Case.cohort_id == cohort_id)
        found = session.execute(rows.order_by(Case.study_id, Radiomics.roi)).all()
    assert len(found) >= 60
    return [(study, values.tobytes()) for study, values in found if values is not None]


def test_a_job_waits_until_the_database_has_room_and_loses_nothing(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_wait, "PAUSE_SECONDS", 0.1)
    job = submitted(settings, database)
    limited = threading.Event()
    limited.set()
    with few_pages(settings, 3, limited):
        runner = threading.Thread(target=execute, args=(settings, job.id))
        runner.start()
        wait_for(settings, job.id, disk_wait.STEP)
        with database.read() as session:
            assert session.scalar(select(func.count()).select_from(Radiomics)) == 0, "whole or not at all"
        limited.clear()
        runner.join(120)
    found = tiny.read(settings, job.id)
    assert (found.state, found.error) == ("done", "")
    undisturbed = tiny.done(tiny.run(settings, s.SynthTablesParams(cohort="other", patients=60)))
    assert features_of(database, found.result["cohort_id"]) == features_of(database, undisturbed["cohort_id"])
    with database.read() as session:
        lines = session.scalars(select(JobLog.line).where(JobLog.job_id == job.id)).all()
        assert session.scalar(select(func.count()).select_from(Audit).where(Audit.action == "room")) == 0
    assert "The disk is full. The job waits and goes on when there is room." in lines
    assert check_store(database, BlobStore(settings.data_dir / "files")).problems == []


def test_a_request_to_a_full_database_is_one_sentence(settings: Settings, database: Database) -> None:
    limited = threading.Event()
    limited.set()
    with few_pages(settings, 0, limited):
        full = Database(settings)
        assert not database_has_room(full, 2**20)
        with pytest.raises(DiskFull, match="no space left on the disk of the database"), full.write() as session:
            audit.record(session, "a", "b", "x" * 2**20)
        limited.clear()
        assert database_has_room(full, 2**20)
        full.close()
