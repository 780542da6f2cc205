"""A database that another program keeps locked: 503 after five seconds, not 500 after thirty."""

import sqlite3
import threading
import time
from contextlib import closing

from starlette.testclient import TestClient

from backend.jobs import queue
from backend.jobs.worker import Worker
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.jobs import tiny


def test_readers_and_writers_get_503_after_five_seconds(empty: TestClient) -> None:
    headers = server.bearer(empty, "researcher")
    settings = empty.app.state.settings
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        for ask in (
            lambda: empty.get("/api/v1/cohorts", headers=headers),
            lambda: empty.post("/api/v1/jobs/none/cancel", headers=headers),
            lambda: empty.get("/api/v1/readyz"),
        ):
            start = time.monotonic()
            answer = ask()
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
            assert answer.json()["detail"].startswith("Another program keeps the database locked; try again")
            assert 4 < time.monotonic() - start < 9
        holder.execute("ROLLBACK")
    assert empty.get("/api/v1/cohorts", headers=headers).status_code == 200


def test_a_writer_gets_503_while_another_writes(empty: TestClient) -> None:
    headers = server.bearer(empty, "researcher")
    settings = empty.app.state.settings
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert empty.get("/api/v1/cohorts", headers=headers).status_code == 200
        assert empty.post("/api/v1/jobs/none/cancel", headers=headers).status_code == 503


def test_a_worker_outlives_a_lock(empty: TestClient, monkeypatch) -> None:
    settings = empty.app.state.settings
    monkeypatch.setattr("backend.jobs.worker.BUSY_SECONDS", 0.2)
    monkeypatch.setattr("backend.jobs.worker.HEARTBEAT_SECONDS", 0.1)
    database = Database(settings)
    stop = threading.Event()
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        worker = threading.Thread(target=Worker(settings, stop).run)
        worker.start()
        time.sleep(2)
        assert worker.is_alive()
        holder.execute("ROLLBACK")
    try:
        job = tiny.submit(settings, s.SynthTablesParams(cohort="after the lock", patients=30))
        end = time.monotonic() + 120
        while tiny.read(settings, job.id).state not in queue.ENDED and time.monotonic() < end:
            time.sleep(0.2)
        assert tiny.read(settings, job.id).state == "done"
    finally:
        stop.set()
        worker.join(30)
        database.close()
