"""Every checksum in a database, read by column: rows, arrays, snapshots and pictures of links.

It works on the schema that the database has, also an older one, and so on the copy in a backup.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, LargeBinary, Table, inspect, select, type_coerce

from backend.errors import Damaged
from backend.models import Base, Share, SharePicture, find_damaged_rows, snapshot_hash
from backend.models.columns import Array, unpack_array
from backend.science.text_format import named

AT_ONCE = 50


def damaged_rows(connection: Connection) -> list[str]:
    """One sentence for each table with rows that do not match their checksums; raises Damaged for an unreadable file.

    Tables without checksums (cohorts, jobs, users, log lines) are only read by SQLite itself.
    """
    found: Counter[str] = Counter({name: len(rows) for name, rows in find_damaged_rows(connection).items()})
    there = set(inspect(connection).get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name in there:
            found[table.name] += sum(1 for _ in _damaged_arrays(connection, table))
    links = damaged_links(connection) if SharePicture.__tablename__ in there else []
    return [_sentence(name, count) for name, count in found.items() if count] + links


def damaged_links(connection: Connection) -> list[str]:
    """The same for snapshots and pictures of links, whose sha256 stands in their rows."""
    found = {
        "share_pictures": list(_damaged_pictures(connection)),
        "shares": list(_damaged_snapshots(connection)),
    }
    return [_sentence(name, len(ids), named(ids)) for name, ids in found.items() if ids]


def _damaged_arrays(connection: Connection, table: Table) -> Iterator[str]:
    """The names of array columns, once for each cell that does not match its own hash."""
    present = {each["name"] for each in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if not isinstance(column.type, Array) or column.name not in present:
            continue
        cells = connection.execution_options(yield_per=AT_ONCE).execute(select(type_coerce(column, LargeBinary)))
        yield from (column.name for (cell,) in cells if cell is not None and not _unpacks(cell))


def _unpacks(cell: bytes) -> bool:
    try:
        unpack_array(cell)
    except Damaged:
        return False
    return True


def _damaged_pictures(connection: Connection) -> Iterator[str]:
    statement = select(SharePicture.name, SharePicture.png, SharePicture.sha256)
    for name, png, sha256 in connection.execution_options(yield_per=AT_ONCE).execute(statement):
        if hashlib.sha256(png).hexdigest() != sha256:
            yield name


def _damaged_snapshots(connection: Connection) -> Iterator[str]:
    for share_id in connection.execute(select(Share.id)).scalars().all():
        statement = select(Share.snapshot, Share.snapshot_sha256).where(Share.id == share_id)
        try:
            snapshot, sha256 = connection.execute(statement).one()
        except Damaged:
            yield share_id
            continue
        if snapshot_hash(snapshot) != sha256:
            yield share_id


def _sentence(table: str, count: int, ids: str = "") -> str:
    rows = "1 stored value" if count == 1 else f"{count} stored values"
    verb = "does" if count == 1 else "do"
    where = f"{table} ({ids})" if ids else table
    return f"{rows} of the table {where} {verb} not match the checksum; restore the database from a backup."
