"""A queued job whose row is damaged fails by itself; the worker and the jobs behind it go on."""

import sqlite3
import time
from contextlib import closing

import pytest

from backend.jobs import queue
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
    worker._start = lambda job_id: started.append(job_id)  # type: ignore[assignment,method-assign,func-returns-value]  # no process
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
