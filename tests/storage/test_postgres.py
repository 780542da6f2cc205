"""What the database promises, on a real PostgreSQL of the tests' own: the same as on SQLite."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from backend.cli import doctor
from backend.errors import BadSettings, DiskFull, Unavailable
from backend.models import Base, Case, Cohort, Encoder
from backend.settings import Settings
from backend.storage.database import MIGRATIONS, Database, make_engine, migrate, newest_revision, upgrade
from backend.storage.postgres import WRITER_LOCK, refuse_unusable_server
from backend.storage.structure_check import DAMAGED_INDEX, structure_problems
from tests.postgres.cluster import Cluster
from tests.storage.test_database import increment

ALL = sorted(one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions())
REVISIONS = ALL if os.environ.get("RADIOMICLENS_TEST_POSTGRES") else [ALL[0], "0006", ALL[-2]]
"""Every one in `make test-postgres`; else the first, that of version 0.2.0 and the last but one."""


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=postgres_url)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    upgrade(settings)
    opened = Database(settings, busy_seconds=1.0)
    yield opened
    opened.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_schema_becomes_the_newest(settings: Settings, revision: str) -> None:
    engine = make_engine(settings)
    with engine.begin() as connection:
        migrate(connection, revision)
    upgrade(settings)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()
        sorted_by_a_language = text(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C' "
            "AND table_name <> 'alembic_version'"
        )
        assert connection.execute(sorted_by_a_language).all() == []
    engine.dispose()


def test_hosts_that_start_at_once_upgrade_once(settings: Settings) -> None:
    context = multiprocessing.get_context("fork")
    hosts = [context.Process(target=upgrade, args=(settings,)) for _ in range(3)]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join()
    assert [host.exitcode for host in hosts] == [0, 0, 0]


def test_increments_by_several_processes_lose_none(settings: Settings, database: Database) -> None:
    with database.write() as session:
        session.add(Cohort(name="counter", kind="images", settings={"n": 0}))
    database.close()
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=increment, args=(settings, 40)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    with database.read() as session:
        assert session.scalars(select(Cohort)).one().settings == {"n": 160}


def test_a_reader_cannot_write_and_sees_one_moment(database: Database) -> None:
    with database.read() as reader:
        assert reader.scalars(select(Cohort)).all() == []
        with database.write() as session:  # a writer waits for no reader
            session.add(Cohort(name="later", kind="images"))
        assert reader.scalars(select(Cohort)).all() == []
        reader.add(Cohort(name="x", kind="images"))
        with pytest.raises(DBAPIError, match="read-only"):
            reader.flush()
    with database.read() as reader:
        assert reader.scalars(select(Cohort.name)).all() == ["later"]


def test_a_second_writer_is_told_to_come_again(database: Database, settings: Settings) -> None:
    with database.write() as session:
        session.add(Cohort(name="first", kind="images"))
        session.flush()
        other = Database(settings, busy_seconds=0.2)
        with pytest.raises(Unavailable, match="keeps the database locked"), other.write() as second:
            second.connection()
        other.close()
    with database.write() as session:  # the lock went with its transaction
        assert session.scalars(select(Cohort.name)).all() == ["first"]


def test_text_sorts_by_its_letters_codes_and_nan_is_null(database: Database) -> None:
    """The databases of these tests sort by the rules of English unless told."""
    names = ["Z", "a-c", "ab", "é", "2026-11-30T10:00:00+00:00", "2026-11-30T10:00:00.5+00:00"]
    with database.write() as session:
        assert session.scalar(text("SELECT 'Z' < 'a'")) is False
        session.add_all(Cohort(name=name, kind="images") for name in names)
        session.flush()
        cohort = session.scalars(select(Cohort)).first()
        case = Case(
            cohort_id=cohort.id, study_id="1", patient_id="1", psa=float("nan"), volume_ml=float(np.float64("inf"))
        )
        session.add(case)
    with database.read() as session:
        assert session.scalars(select(Cohort.name).order_by(Cohort.name)).all() == sorted(names)
        assert session.scalars(select(Case.id).where(Case.psa.is_(None))).all() == [case.id]
        assert session.get_one(Case, case.id).volume_ml == float("inf")


def test_wrong_parents_and_what_cannot_be_stored_are_refused_in_words(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Case(cohort_id="nobody", study_id="1", patient_id="1"))
    with pytest.raises(BadSettings, match="the character NUL"), database.read() as session:
        session.scalars(select(Cohort).where(Cohort.name == "a\0")).all()
    with pytest.raises(BadSettings, match="a number is too large"), database.write() as session:
        session.add(Encoder(name="e", arch="a", sha256="0", stage="pre", cache_key="k", run_number=2**40))


def test_a_lost_server_is_waited_for_and_then_said(
    settings: Settings, database: Database, postgres_server: Cluster
) -> None:
    with database.read() as session:
        process = session.scalar(text("SELECT pg_backend_pid()"))
    postgres_server.execute(f"SELECT pg_terminate_backend({process})")  # idle in the pool: nobody notices
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    with pytest.raises(Unavailable, match="ended the connection"), database.write() as session:  # noqa: PT012 (two steps of one transaction)
        postgres_server.execute(f"SELECT pg_terminate_backend({session.scalar(text('SELECT pg_backend_pid()'))})")
        session.scalar(text("SELECT 1"))
    away = Database(settings.model_copy(update={"database_url": "postgresql+psycopg://lens@127.0.0.1:1/lens"}), 0.1)
    with pytest.raises(Unavailable, match="cannot be reached"), away.read() as session:
        session.scalar(text("SELECT 1"))
    away.close()


def test_a_row_that_no_index_has_and_one_without_its_parent_are_found(
    database: Database, postgres_server: Cluster, postgres_url: str
) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    with database.write() as session:
        cohort = Cohort(name="a", kind="images")
        session.add(cohort)
        session.flush()
        session.add(Case(cohort_id=cohort.id, study_id="1", patient_id="1"))
    postgres_server.execute("CREATE EXTENSION amcheck", name)
    assert structure_problems(database) == []
    ready = "UPDATE pg_index SET indisready = {} WHERE indexrelid = 'cohorts_pkey'::regclass"
    postgres_server.execute(ready.format("false"), name)
    with database.write() as session:
        session.add(Cohort(name="b", kind="images"))
    postgres_server.execute(ready.format("true"), name)
    postgres_server.execute(
        f"SET session_replication_role = replica; DELETE FROM cohorts WHERE id = '{cohort.id}'", name
    )
    found = structure_problems(database)
    assert found == [DAMAGED_INDEX, "1 rows of the database belong to nothing; restore it from a backup."]


@pytest.mark.parametrize("changed", [("/t", "/nosuchdatabase"), ("lens@", "nobody@")])
def test_a_wrong_address_is_said_at_once(settings: Settings, changed: tuple[str, str]) -> None:
    wrong = settings.model_copy(update={"database_url": settings.database_url.replace(*changed, 1)})
    with pytest.raises(BadSettings, match="refuses the connection; check user"):
        upgrade(wrong)


def test_another_encoding_is_refused_with_what_to_do(postgres_server: Cluster, settings: Settings) -> None:
    postgres_server.execute("CREATE DATABASE plain TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with pytest.raises(BadSettings, match="keeps text as SQL_ASCII; create it with ENCODING 'UTF8'"):
        upgrade(settings.model_copy(update={"database_url": postgres_server.url("plain")}))
    postgres_server.drop("plain")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull("could not extend file"), DiskFull),
        (psycopg.errors.TooManyConnections("sorry"), Unavailable),
        (psycopg.errors.AdminShutdown("terminating connection"), Unavailable),
        (psycopg.errors.DeadlockDetected("deadlock"), Unavailable),
        (psycopg.errors.InsufficientPrivilege("permission denied for table"), BadSettings),
        (psycopg.errors.ReadOnlySqlTransaction("a standby"), BadSettings),
    ],
    ids=["disk", "connections", "shutdown", "deadlock", "rights", "standby"],
)
def test_what_the_server_cannot_do_is_an_error_of_ours(error: psycopg.Error, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        refuse_unusable_server(error)


def test_errors_of_the_program_stay_what_they_are() -> None:
    refuse_unusable_server(psycopg.errors.ReadOnlySqlTransaction("a reader wrote"), reader=True)
    refuse_unusable_server(psycopg.errors.UniqueViolation("twice"))
    refuse_unusable_server(psycopg.errors.UndefinedColumn("no such column"))


def test_a_killed_writer_leaves_no_lock(settings: Settings, database: Database, postgres_server: Cluster) -> None:
    context = multiprocessing.get_context("fork")
    holds = context.Event()

    def hold() -> None:
        own = Database(settings)
        with own.write() as session:
            session.add(Cohort(name="held", kind="images"))
            session.flush()
            holds.set()
            signal.pause()

    database.close()
    holder = context.Process(target=hold)
    holder.start()
    holds.wait(30)
    taken = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {WRITER_LOCK & 0xFFFFFFFF}"
    assert postgres_server.execute(taken)[0][0] == 1
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    patient = Database(settings, busy_seconds=20.0)
    with patient.write() as session:
        assert session.scalars(select(Cohort)).all() == []
    patient.close()


def test_doctor_says_whether_the_server_answers(settings: Settings) -> None:
    found = doctor._server(settings)
    assert (found.level, found.found.partition(" ")[0]) == ("ok", "postgresql")
    gone = doctor._server(settings.model_copy(update={"database_url": "postgresql+psycopg://lens@127.0.0.1:1/lens"}))
    assert (gone.level, gone.found) == ("bad", "The database server cannot be reached; try again in a few seconds")
