"""The structure of a database: pages, indexes, and whether every row belongs to one that is there."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, ForeignKeyConstraint, Table, and_, exists, func, select, text
from sqlalchemy.exc import DatabaseError

from backend.errors import Damaged
from backend.models import Base
from backend.storage.database import Database

DAMAGED_FILE = "The database file is damaged; restore it from a backup."
DAMAGED_INDEX = "An index of the database is damaged; rebuild it (REINDEX DATABASE) and check again."


def structure_problems(database: Database) -> list[str]:
    """What the database itself finds wrong, in sentences."""
    with database.read() as session:
        connection = session.connection()
        orphans = 0
        try:
            if connection.dialect.name == "sqlite":
                found = [] if _sqlite_is_whole(connection) else [DAMAGED_FILE]
                orphans = len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())
            else:
                orphans = sum(_orphans(connection))
                found = [] if _indexes_are_whole(connection) else [DAMAGED_INDEX]
        except (DatabaseError, Damaged):
            found = [DAMAGED_FILE]
    if orphans:
        found.append(f"{orphans} rows of the database belong to nothing; restore it from a backup.")
    return found


def _sqlite_is_whole(connection: Connection) -> bool:
    return connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all() == ["ok"]


def _orphans(connection: Connection) -> Iterator[int]:
    """How many rows of each table name a row that is not there: PostgreSQL checks that only when a row is written."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            yield connection.scalar(select(func.count()).select_from(table).where(_names_nothing(table, key))) or 0


def _names_nothing(table: Table, key: ForeignKeyConstraint) -> ColumnElement[bool]:
    parent = key.referred_table.alias()
    same = and_(*(table.c[each.parent.name] == parent.c[each.column.name] for each in key.elements))
    return and_(*(table.c[each.parent.name].is_not(None) for each in key.elements), ~exists().where(same))


def _indexes_are_whole(connection: Connection) -> bool:
    """Whether every row is in every index: asked where the extension amcheck is there for us to use."""
    usable = text(
        "SELECT count(*) FROM pg_extension, pg_proc WHERE extname = 'amcheck' AND proname = 'bt_index_check' "
        "AND pronargs = 2 AND has_function_privilege(pg_proc.oid, 'execute')"
    )
    if not connection.scalar(usable):
        return True
    names = connection.execute(
        text("SELECT indexrelid::regclass::text FROM pg_stat_user_indexes WHERE schemaname = current_schema()")
    )
    try:
        for name in names.scalars().all():
            connection.execute(text("SELECT bt_index_check(CAST(:name AS regclass), true)"), {"name": name})
    except (DatabaseError, Damaged):
        return False
    return True
