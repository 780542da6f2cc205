"""Renews row checksums in an upgrade of the schema; a row that was damaged before it stays refused.

A migration may add, fill or change columns, and the old checksum then no longer matches. So every row is verified
before the first migration, in the schema it was written under. Rows that matched get a new checksum after the last
migration; the others keep theirs, and reading them still raises `Damaged`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnClause, Connection, Double, column, inspect, select, table, tuple_
from sqlalchemy.orm import Session, defer

from backend.errors import Damaged
from backend.models.base import Base
from backend.models.columns import Array
from backend.models.row_checksum import ChecksummedRow, digest, normalizer, row_checksum, without_verification

DamagedRows = dict[str, list[dict[str, Any]]]
"""Table -> primary keys of the rows that did not match their checksum."""

_BATCH = 200
_Read = Callable[[Any], Any]


def find_damaged_rows(connection: Connection) -> DamagedRows:
    """The rows that do not match their checksum; tables before revision 0002 have no checksum and so no such row."""
    found: DamagedRows = {}
    known = inspect(connection)
    for model in _checksummed():
        name = model.__tablename__
        if not known.has_table(name):
            continue
        columns = [each["name"] for each in known.get_columns(name)]
        if "seal" in columns:
            keys = known.get_pk_constraint(name)["constrained_columns"]
            found[name] = list(_damaged(connection, model, columns, keys))
    return found


def renew_row_checksums(session: Session, damaged: DamagedRows) -> None:
    """Compute the checksum of every row in the newest schema, except those of `damaged`."""
    with without_verification():
        for model in _checksummed():
            keys = list(model.__table__.primary_key.columns)
            refused = {tuple(sorted(old.items())) for old in damaged.get(model.__tablename__, [])}
            names = [name for name, _ in next(iter(refused), ())]  # a table may have got further keys since
            found = session.execute(select(*keys)).mappings()
            whole = [key for key in found if tuple((name, key[name]) for name in names) not in refused]
            arrays = [defer(getattr(model, each.key)) for each in _arrays(model)]
            for start in range(0, len(whole), _BATCH):
                chosen = tuple_(*keys).in_([tuple(key.values()) for key in whole[start : start + _BATCH]])
                for row in session.scalars(select(model).options(*arrays).where(chosen)):
                    row.checksum = row_checksum(row)
                session.flush()
                session.expunge_all()


def _checksummed() -> Iterator[type[Any]]:
    yield from (each.class_ for each in Base.registry.mappers if issubclass(each.class_, ChecksummedRow))


def _arrays(model: type[Any]) -> list[Any]:
    return [each for each in inspect(model).column_attrs if isinstance(each.columns[0].type, Array)]


def _damaged(connection: Connection, model: type[Any], columns: list[str], keys: list[str]) -> Iterator[dict[str, Any]]:
    readers = {name: read for name in columns if name != "seal" and (read := _reader(connection, model, name))}
    wanted: list[ColumnClause[Any]] = [column(name) for name in dict.fromkeys([*sorted(readers), *keys, "seal"])]
    for row in connection.execute(select(*wanted).select_from(table(model.__tablename__))).mappings():
        if not _matches(row, dict(sorted(readers.items()))):
            yield {key: row[key] for key in keys}


def _matches(row: Mapping[Any, Any], readers: Mapping[str, _Read]) -> bool:
    """Whether the checksum is of these values; the first version's covered null columns, too."""
    try:
        values = [(name, read(row[name])) for name, read in readers.items()]
    except (Damaged, ValueError, TypeError):
        return False  # text that is no JSON or no time was never written so
    return row["seal"] in (digest([each for each in values if each[1] is not None]), digest(values))


def _reader(connection: Connection, model: type[Any], name: str) -> _Read | None:
    """A function from the driver's value to the one that is hashed; None for arrays, which carry their own hash."""
    if name not in model.__table__.columns:
        return lambda value: value
    kind = model.__table__.columns[name].type
    if isinstance(kind, Array):
        return None
    processor = kind.dialect_impl(connection.dialect).result_processor
    convert = None if isinstance(kind, Double) else processor(connection.dialect, None)  # every driver gives floats
    comparable = normalizer(kind)
    return lambda value: comparable(value if convert is None else convert(value))
