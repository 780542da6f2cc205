"""Every row of a PostgreSQL database into an SQLite file, and back: a backup is the same file whatever made it.

Values travel as the driver has them: the text of JSON, the bytes of an array, whole numbers and floats. So a row is in
the copy exactly as it was stored, with its checksum. Rows go through one after the other, and memory stays flat.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, LargeBinary, MetaData, Table, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from backend.errors import BadFile
from backend.settings import Settings
from backend.storage.database import make_engine, migrate

REVISIONS = "alembic_version"
"""Alembic's own table; the migrations of the target write it."""
ROWS_AT_ONCE, LARGE_ROWS_AT_ONCE = 500, 8
"""Rows that the server sends together; one with an array may have some megabytes."""


def copy_to_sqlite(settings: Settings, target: Path) -> None:
    """Writes the database behind `settings`, as it is at one moment, into an SQLite file of the same schema."""
    engine = make_engine(settings)
    try:
        with engine.execution_options(read_only=True).connect() as source:
            _empty_sqlite(target, str(source.scalar(text("SELECT version_num FROM alembic_version"))))
            with closing(sqlite3.connect(target)) as copy, copy:
                for table in _tables(source):
                    copy.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 (what migrations put in)
                    copy.executemany(_insert(table), _sent(source, table))
    finally:
        engine.dispose()


def copy_from_sqlite(source: Path, target: Connection, revision: str) -> None:
    """Fills an empty PostgreSQL database with an SQLite file of this revision, in the transaction of `target`.

    Raises BadFile where a value of the file is none that PostgreSQL can hold.
    """
    migrate(target, revision)
    tables = _tables(target)
    keys = [key for table in tables for key in table.foreign_key_constraints]
    for key in keys:  # a row may name one that comes later; adding the keys again checks every one
        target.execute(DropConstraint(key))
    for table in tables:
        target.execute(table.delete())  # what migrations put in
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as rows:
        for table in tables:
            _load(target, table, rows)
    for key in keys:
        target.execute(AddConstraint(key))
    for table in tables:
        _number_on(target, table)


def _empty_sqlite(path: Path, revision: str) -> None:
    engine = make_engine(Settings(data_dir=path.parent, database_url=f"sqlite:///{path}"))
    try:
        with engine.begin() as connection:
            migrate(connection, revision)
    finally:
        engine.dispose()


def _tables(connection: Connection) -> list[Table]:
    """The tables that the database has, also one of an older version, in the order of their names."""
    found = MetaData()
    found.reflect(connection)
    return [found.tables[name] for name in sorted(found.tables) if name != REVISIONS]


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _insert(table: Table) -> str:
    places = ", ".join("?" for _ in table.columns)
    return f'INSERT INTO "{table.name}" ({_names(table)}) VALUES ({places})'  # noqa: S608 (names of our own tables)


def _sent(source: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """Rows of PostgreSQL by a cursor of the server, JSON as its text."""
    columns = [
        f'CAST("{column.name}" AS TEXT)' if isinstance(column.type, JSON) else f'"{column.name}"'
        for column in table.columns
    ]
    statement = f'SELECT {", ".join(columns)} FROM "{table.name}"'  # noqa: S608 (names of our own tables)
    large = any(isinstance(column.type, LargeBinary) for column in table.columns)
    streamed = source.execution_options(yield_per=LARGE_ROWS_AT_ONCE if large else ROWS_AT_ONCE)
    with streamed.exec_driver_sql(statement) as rows:
        for row in rows:
            yield tuple(row)


def _load(target: Connection, table: Table, source: sqlite3.Connection) -> None:
    names = _names(table)
    driver: Any = target.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in source.execute(f'SELECT {names} FROM "{table.name}"'):  # noqa: S608 (names of our own tables)
                copy.write_row(row)
    except target.dialect.loaded_dbapi.DataError as error:
        raise BadFile(
            f"A value in the table {table.name} of the backup is none that PostgreSQL can store; restore it without "
            "RADIOMICLENS_DATABASE_URL."
        ) from error


def _number_on(target: Connection, table: Table) -> None:
    """New rows of a table that counts get numbers after the greatest one that came."""
    for column in table.primary_key.columns:
        if column.server_default is not None:
            greatest = f'(SELECT max("{column.name}") FROM "{table.name}")'  # noqa: S608 (names of our own tables)
            sequence = f"pg_get_serial_sequence('\"{table.name}\"', '{column.name}')"
            target.exec_driver_sql(f"SELECT setval({sequence}, {greatest})")
