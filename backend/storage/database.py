"""The database engine and its sessions, for SQLite and PostgreSQL, and the upgrade to the newest schema."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import BadSettings, Damaged
from backend.models.columns import read_json
from backend.settings import Settings
from backend.storage.database_errors import refuse_unusable
from backend.storage.postgres import driver_arguments, require_utf8, set_up_postgres

MOST_OVERFLOW = 60
"""Connections beside the five that stay open: a server's threads (40, and 8 for sign-ins) never wait for one."""
WAL_SAFE = (3, 51, 3)
"""The first SQLite without the WAL-reset corruption bug; older ones get the rollback journal."""


BUSY_SECONDS = 30.0
"""How long a statement waits for a lock that another process holds, unless told."""
SECONDS_TO_ASK = 2.0
"""How long somebody waits who only asks whether the database answers."""
SECONDS_FOR_ANOTHER_HOST = 600.0
"""How long an upgrade waits for the same upgrade by another host, on a database server."""


def make_engine(settings: Settings, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine whose writers are alone (BEGIN IMMEDIATE, or a lock of PostgreSQL) and wait for `busy_seconds`.

    Raises `BadSettings` where the URL is none or its driver is not installed.
    """
    if settings.url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        url = make_url(settings.url)
        arguments = driver_arguments(url, busy_seconds) if url.get_backend_name() == "postgresql" else {}
        engine = create_engine(
            url, pool_pre_ping=True, max_overflow=MOST_OVERFLOW, json_deserializer=read_json, connect_args=arguments
        )
    except (ArgumentError, ImportError):
        raise BadSettings(
            "RADIOMICLENS_DATABASE_URL is not the address of a database, or its driver is not installed; use one such "
            "as sqlite:////folder/file.sqlite or postgresql+psycopg://user@host/name."
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_on_connect, busy_seconds=busy_seconds))
        event.listen(engine, "begin", _on_begin)
        event.listen(engine, "handle_error", _on_error)
    elif engine.dialect.name == "postgresql":
        set_up_postgres(engine, busy_seconds)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object, busy_seconds: float) -> None:
    connection.isolation_level = None  # pysqlite's own BEGIN is deferred; `_on_begin` emits ours
    journal = "WAL" if sqlite3.sqlite_version_info >= WAL_SAFE else "DELETE"
    try:
        connection.execute(f"PRAGMA busy_timeout = {round(1000 * busy_seconds)}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = FULL")
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        refuse_unusable(error)
        raise


def _on_begin(connection: Any) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")  # IMMEDIATE fails while it is on
    connection.exec_driver_sql("BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE")


def _on_error(context: ExceptionContext) -> None:
    connection = context.connection
    reader = connection is not None and connection.get_execution_options().get("read_only", False)
    refuse_unusable(context.original_exception, reader=reader)


class Database:
    """Sessions of a database: `write()` takes the write lock at once and commits, `read()` cannot change a row.

    Both raise Unavailable where another process holds the database, or its server is away, for longer than
    `busy_seconds`, DiskFull where there is no room, and Damaged where the file cannot be read.

    Args:
        guard: asked at the begin of every `write()`, which does not happen where it raises.
    """

    def __init__(
        self,
        settings: Settings,
        busy_seconds: float = BUSY_SECONDS,
        guard: Callable[[Session], None] | None = None,
    ) -> None:
        self._guard = guard
        self.engine = make_engine(settings, busy_seconds)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(self.engine.execution_options(read_only=True), expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end of the block, and rolls back after an exception."""
        with self._write.begin() as session:
            if self._guard is not None:
                self._guard(session)
            yield session

    @property
    def several_hosts(self) -> bool:
        """Whether processes of several machines may use it: not a file on a disk of one of them."""
        return self.engine.dialect.name != "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only session; a write on it is an error."""
        with self._read() as session:
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


MIGRATIONS = Path(__file__).parents[1] / "migrations"


def newest_revision() -> str:
    """The schema revision that this code needs: the greatest number at the start of a migration's file name."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def upgrade(settings: Settings) -> None:
    """Upgrade the schema of the database to the newest revision; cheap where it is there already.

    Raises `Damaged` where the schema is of a newer version of this software, or a row lost its parent.
    """
    found, newest = schema_revision(settings), newest_revision()
    if found is not None and found > newest:
        raise Damaged(
            f"The data folder is of a newer version (schema {found}, this one knows {newest}); update RadiomicLens."
        )
    if found != newest:
        _migrate(settings)


def schema_revision(settings: Settings) -> str | None:
    """The schema revision of the database; None where it is empty."""
    engine = make_engine(settings)
    try:
        with engine.execution_options(read_only=True).connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return found
    finally:
        engine.dispose()


def migrate(connection: Connection, revision: str = "head") -> None:
    """Brings the schema up to a revision within the transaction of `connection`; rows keep their checksums."""
    from alembic import command  # a third of a second that only a migration needs
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _migrate(settings: Settings) -> None:
    from alembic.migration import MigrationContext

    from backend.models import find_damaged_rows, renew_row_checksums

    server = not settings.url.startswith("sqlite")
    engine = make_engine(settings, SECONDS_FOR_ANOTHER_HOST if server else BUSY_SECONDS)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                # A column added with a key makes the table anew: rows that point to it must not be looked at meanwhile.
                # SQLite takes this word outside a transaction only.
                connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    require_utf8(connection)
                before = MigrationContext.configure(connection).get_current_revision()
                old = newest_revision() != before
                damaged = find_damaged_rows(connection) if old and before is not None else {}
                migrate(connection)
                if old and before is not None:
                    with Session(connection) as session:
                        renew_row_checksums(session, damaged)
                        session.commit()
                if (
                    connection.dialect.name == "sqlite"
                    and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                ):
                    raise Damaged("The database holds rows whose parents are gone; restore it from a backup.")
    finally:
        engine.dispose()


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the database of a data folder for a block, created or upgraded first; raises as `upgrade` does."""
    upgrade(settings)
    database = Database(settings)
    try:
        yield database
    finally:
        database.close()
