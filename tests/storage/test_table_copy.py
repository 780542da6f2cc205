"""Backup and restore between SQLite and PostgreSQL: the same file, the same rows, the same damage found."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from backend.access import audit
from backend.errors import BadFile, Conflict, Damaged, NotFound
from backend.models import Analysis, Cohort, Embedding, Job, JobLog, Volume
from backend.settings import Settings
from backend.storage.audit_check import verify_chain
from backend.storage.backup import write_backup
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from backend.storage.integrity_check import check_store
from backend.storage.restore import restore_backup
from tests.jobs import tiny
from tests.storage.earlier_versions import unpack_0_2_0

Rows = dict[str, list[str]]


@pytest.fixture
def on_server(postgres_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "server", database_url=postgres_url)


@pytest.fixture
def second_server(postgres_server: Any, tmp_path: Path) -> Iterator[Settings]:
    yield Settings(data_dir=tmp_path / "second", database_url=postgres_server.create("second"))
    postgres_server.drop("second")


def on_file(folder: Path) -> Settings:
    """A data folder with an SQLite file, also where the tests run on PostgreSQL."""
    return Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'radiomiclens.sqlite'}")


def rows_of_file(settings: Settings) -> Rows:
    """Every row of every table, as text, by the driver alone."""
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(repr(row) for row in opened.execute(f'SELECT {_columns(opened, name)} FROM "{name}"'))
            for name in names
            if not name.startswith("sqlite_")
        }


def _columns(opened: sqlite3.Connection, table: str) -> str:
    return ", ".join(
        f'"{row[1]}"' for row in sorted(opened.execute(f'PRAGMA table_info("{table}")'), key=lambda r: r[1])
    )


def rows_of_server(settings: Settings) -> Rows:
    """The same of PostgreSQL: truth as 0 and 1, JSON as its text."""
    found: Rows = {}
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as opened:
        columns = opened.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'public' ORDER BY table_name, column_name COLLATE \"C\""
        ).fetchall()
        for table in {name for name, *_ in columns}:
            wanted = [_cell(column, kind) for name, column, kind in columns if name == table]
            found[table] = sorted(repr(row) for row in opened.execute(f'SELECT {", ".join(wanted)} FROM "{table}"'))
    return found


def _cell(column: str, kind: str) -> str:
    return {"json": f'"{column}"::text', "boolean": f'"{column}"::int'}.get(kind, f'"{column}"')


def without(rows: Rows, names: set[str]) -> Rows:
    return {name: found for name, found in rows.items() if name not in names}


def filled(settings: Settings) -> Settings:
    """A folder with images, so that rows name files, and with lines that count."""
    upgrade(settings)
    tiny.store_studies(settings, 2)
    database = Database(settings)
    with database.write() as session:
        session.add(Job(id="j", kind="x", title="x", lane="cpu", params={"café": [1, None, "ß\\n"]}, position=1))
        session.add_all(JobLog(job_id="j", line=line) for line in "abc")
        for line in ("one", "ß\\n\t", "{}"):
            audit.record(session, "ann", "read", café=line)
    database.close()
    return settings


def test_a_folder_of_version_0_2_0_moves_to_a_server_and_back(on_server: Settings, tmp_path: Path) -> None:
    old = unpack_0_2_0(tmp_path / "old")
    write_backup(old, tmp_path / "old.tar", incomplete=True)
    restore_backup(on_server, tmp_path / "old.tar", incomplete=True)
    assert rows_of_server(on_server) == rows_of_file(old)
    upgrade(on_server)
    upgrade(old)
    made = {"projects"}  # its row says when the upgrade was
    assert without(rows_of_server(on_server), made) == without(rows_of_file(old), made)
    database = Database(on_server)
    with database.read() as session:  # every checksum and array is read
        assert len(session.scalars(select(Analysis)).all()) == 2
        assert session.scalars(select(Embedding)).first() is not None
    database.close()
    write_backup(on_server, tmp_path / "server.tar", incomplete=True)
    back = on_file(tmp_path / "back")
    restore_backup(back, tmp_path / "server.tar", incomplete=True)
    assert without(rows_of_file(back), made) == without(rows_of_file(old), made)


def test_a_server_is_backed_up_and_restored_with_its_files(
    on_server: Settings, second_server: Settings, tmp_path: Path
) -> None:
    filled(on_server)
    written = write_backup(on_server, tmp_path / "b.tar")
    assert (written.files > 0, written.problems) == (True, [])
    restored = restore_backup(second_server, tmp_path / "b.tar")
    assert restored.files == written.files
    assert rows_of_server(second_server) == rows_of_server(on_server)
    database = Database(second_server)
    with database.write() as session:
        audit.record(session, "ann", "next")
        session.add(JobLog(job_id=session.scalars(select(Job.id)).one(), line="next"))
        session.flush()
        assert session.scalars(select(JobLog.id).where(JobLog.line == "next")).one() == 4
    with database.read() as session:
        assert verify_chain(session.connection()).problems == []
    report = check_store(database, BlobStore(second_server.data_dir / "files"))
    assert (report.problems, report.files) == ([], written.files)
    database.close()


def test_every_flipped_byte_and_missing_file_is_found(
    on_server: Settings, second_server: Settings, tmp_path: Path
) -> None:
    filled(on_server)
    write_backup(on_server, tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    start = whole.index(b"SQLite format 3")
    for place in (start + 40, start + 5000, start + 20000):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        (tmp_path / "flipped.tar").write_bytes(flipped)
        with pytest.raises((Damaged, BadFile)):
            restore_backup(second_server, tmp_path / "flipped.tar")
        assert rows_of_server(second_server) == {}
    database = Database(on_server)
    with database.write() as session:
        lost = session.scalars(select(Volume.sha256)).first()
    BlobStore(on_server.data_dir / "files").path(str(lost)).unlink()
    with pytest.raises(Damaged, match="volumes of the cohort “tiny” is missing"):
        write_backup(on_server, tmp_path / "incomplete.tar")
    with database.write() as session:
        session.execute(text("UPDATE volumes SET seal = 'x'"))
    report = check_store(database, BlobStore(on_server.data_dir / "files"))
    assert any("no longer matches its hash" in problem for problem in report.problems)
    assert any("is missing" in problem for problem in report.problems)
    database.close()


def test_a_server_that_holds_something_is_not_written_over(on_server: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing in the database yet"):
        write_backup(on_server, tmp_path / "b.tar")
    filled(on_server)
    write_backup(on_server, tmp_path / "b.tar")
    before = rows_of_server(on_server)
    other = on_server.model_copy(update={"data_dir": tmp_path / "other"})
    with pytest.raises(Conflict, match="RADIOMICLENS_DATABASE_URL is not empty"):
        restore_backup(other, tmp_path / "b.tar")
    assert rows_of_server(on_server) == before


def test_what_only_sqlite_can_hold_leaves_the_server_empty(on_server: Settings, tmp_path: Path) -> None:
    small = on_file(tmp_path / "small")
    upgrade(small)
    database = Database(small)
    with database.write() as session:
        session.add(Cohort(name="a\0b", kind="images"))
    database.close()
    write_backup(small, tmp_path / "b.tar")
    with pytest.raises(BadFile, match="table cohorts of the backup is none that PostgreSQL can store"):
        restore_backup(on_server, tmp_path / "b.tar")
    assert rows_of_server(on_server) == {}
    assert not (on_server.data_dir / "files").exists()
