import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.settings import Settings
from backend.storage.change_counter import ChangeCounter
from backend.storage.database import Database, upgrade
from backend.storage.prepare import sqlite_path
from tests.postgres.per_folder import ON_SERVER, sqlite_only

INSERT = "INSERT INTO users (id, name, role, created_at) VALUES ('{0}', '{0}', 'viewer', '2026-01-01 00:00:00')"
ELSEWHERE = """
import sys
from sqlalchemy import create_engine, text
with create_engine(sys.argv[1]).begin() as connection:
    connection.execute(text(sys.argv[2]))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(data_dir=tmp_path)
    upgrade(found)
    return found


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings)) as opened:
        yield opened


@pytest.fixture
def counter(settings: Settings, database: Database) -> Iterator[ChangeCounter]:
    with closing(ChangeCounter(database.engine, sqlite_path(settings))) as found:
        yield found


def test_it_stays_while_nothing_is_written(database: Database, counter: ChangeCounter) -> None:
    before = counter.now()
    with database.read() as session:
        session.execute(text("SELECT count(*) FROM users")).scalar_one()
    with database.write() as session:
        session.execute(text("SELECT count(*) FROM users")).scalar_one()  # a writer that wrote nothing
    assert before is not None
    assert counter.now() == before


def test_it_changes_with_every_commit_of_this_process(database: Database, counter: ChangeCounter) -> None:
    seen = [counter.now()]
    for name in ("ann", "bob", "cyd"):
        with database.write() as session:
            session.execute(text(INSERT.format(name)))
        seen.append(counter.now())
    assert len(set(seen)) == 4


def test_it_changes_with_a_commit_of_another_process(settings: Settings, counter: ChangeCounter) -> None:
    before = counter.now()
    subprocess.run([sys.executable, "-c", ELSEWHERE, settings.url, INSERT.format("eve")], check=True)
    assert counter.now() != before


@pytest.mark.skipif(ON_SERVER, reason="PostgreSQL counts what was taken back, too: an answer is made once more")
def test_a_write_that_was_taken_back_changes_nothing(database: Database, counter: ChangeCounter) -> None:
    before = counter.now()
    with database.write() as session:
        session.execute(text(INSERT.format("ann")))
        session.rollback()
    assert counter.now() == before


@sqlite_only
def test_a_locked_database_gives_no_value(settings: Settings, counter: ChangeCounter) -> None:
    with closing(sqlite3.connect(str(sqlite_path(settings)), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert counter.now() is None
        other.execute("ROLLBACK")
    assert counter.now() is not None
