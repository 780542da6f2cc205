"""A job whose row is damaged fails by itself, with those that wait for it; the worker and the other jobs go on."""

import sqlite3
import time
from contextlib import closing

import pytest

from backend.jobs import queue, transitions
from backend.jobs.worker import Worker
from backend.settings import Settings
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny

DAMAGE = ["params = '{'", "created_at = 'never'", "result = '['", "title = CAST(x'ff41' AS TEXT)"]


def two_jobs(settings: Settings, damage: str) -> list[str]:
    ids = [tiny.submit(settings, s.SynthTablesParams(cohort=name, patients=30)).id for name in ("bad", "good")]
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as database, database:
        database.execute(f"UPDATE jobs SET {damage} WHERE id = ?", (ids[0],))
    return ids


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_next_job_is_claimed(settings: Settings, database: Database, damage: str) -> None:
    bad, good = two_jobs(settings, damage)
    worker = Worker(settings)
    started: list[str] = []
    worker._start = lambda claim: started.append(claim.job_id)  # type: ignore[assignment,method-assign,func-returns-value]  # no process
    for _ in range(2):
        worker._claim(database, "cpu", "w")
    assert started == [good]
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as raw:
        state, error = raw.execute("SELECT state, error FROM jobs WHERE id = ?", (bad,)).fetchone()
    assert state == "failed"
    assert "from a backup" in error


def test_a_real_worker_finishes_the_job_behind(settings: Settings, database: Database) -> None:
    _, good = two_jobs(settings, DAMAGE[0])
    end = time.monotonic() + 90

    def ended() -> bool:
        with database.read() as session:
            return queue.get(session, good).state in queue.ENDED or time.monotonic() > end

    Worker(settings).run(until=ended)
    assert tiny.read(settings, good).state == "done"


LONG_AGO = "heartbeat_at = '2020-01-01T00:00:00+00:00'"


@pytest.mark.parametrize("damage", [*(f"{LONG_AGO}, {one}" for one in DAMAGE), "heartbeat_at = 'never'"])
def test_a_running_job_that_lost_its_worker_fails_alone(settings: Settings, database: Database, damage: str) -> None:
    """The worker looks at running jobs every few seconds: one bad row would end it."""
    bad, _ = two_jobs(settings, f"state = 'running', owner = 'gone', {damage}")
    with database.write() as session:
        assert transitions.requeue_lost(session, "w", [], 3, set) == [bad]
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as raw:
        state, error = raw.execute("SELECT state, error FROM jobs WHERE id = ?", (bad,)).fetchone()
    assert state == "failed"
    assert "from a backup" in error


def test_jobs_that_wait_for_it_do_not_wait_for_ever(settings: Settings, database: Database) -> None:
    bad, good = two_jobs(settings, DAMAGE[0])
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as raw, raw:
        raw.execute("INSERT INTO job_needs (job_id, needs_id) VALUES (?, ?)", (good, bad))
    Worker(settings)._claim(database, "cpu", "w")
    with database.read() as session:
        waiting = queue.get(session, good)
        assert (waiting.state, waiting.error.split(";")[0]) == (
            "failed",
            "A job that this one needs cannot be read any more",
        )
