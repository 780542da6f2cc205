"""What an upgrade does with seals: rows that were whole before it are sealed anew after it, damaged ones never.

A migration may add, fill or change columns, and a seal made of the columns of then fits no longer. So every row is
compared with its seal in the schema it was written under, before the first step; a row that failed keeps a seal that
fits nothing, and reading it is refused as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnClause, Connection, column, inspect, select, table, tuple_
from sqlalchemy.orm import Session, defer

from backend.errors import Damaged
from backend.models.base import Base
from backend.models.columns import Array
from backend.models.row_checksum import ChecksummedRow, digest, normal, row_checksum, without_verification

Broken = dict[str, list[dict[str, Any]]]
"""Table -> the keys of rows that did not fit their seal."""

_AT_ONCE = 200
_Read = Callable[[Any], Any]


def find_damaged_rows(connection: Connection) -> Broken:
    """The rows that do not fit their seals now; tables without seals (before revision 0002) have none."""
    found: Broken = {}
    known = inspect(connection)
    for model in _sealed():
        name = model.__tablename__
        if not known.has_table(name):
            continue
        columns = [each["name"] for each in known.get_columns(name)]
        if "seal" in columns:
            keys = known.get_pk_constraint(name)["constrained_columns"]
            found[name] = list(_broken(connection, model, columns, keys))
    return found


def renew_row_checksums(session: Session, broken: Broken) -> None:
    """Seals every row as the newest schema has it, except those of `broken`."""
    with without_verification():
        for model in _sealed():
            keys = list(model.__table__.primary_key.columns)
            refused = {tuple(sorted(old.items())) for old in broken.get(model.__tablename__, [])}
            names = [name for name, _ in next(iter(refused), ())]  # a table may have got further keys since
            found = session.execute(select(*keys)).mappings()
            whole = [key for key in found if tuple((name, key[name]) for name in names) not in refused]
            arrays = [defer(getattr(model, each.key)) for each in _arrays(model)]
            for start in range(0, len(whole), _AT_ONCE):
                chosen = tuple_(*keys).in_([tuple(key.values()) for key in whole[start : start + _AT_ONCE]])
                for row in session.scalars(select(model).options(*arrays).where(chosen)):
                    row.checksum = row_checksum(row)
                session.flush()
                session.expunge_all()


def _sealed() -> Iterator[type[Any]]:
    yield from (each.class_ for each in Base.registry.mappers if issubclass(each.class_, ChecksummedRow))


def _arrays(model: type[Any]) -> list[Any]:
    return [each for each in inspect(model).column_attrs if isinstance(each.columns[0].type, Array)]


def _broken(connection: Connection, model: type[Any], columns: list[str], keys: list[str]) -> Iterator[dict[str, Any]]:
    readers = {name: read for name in columns if name != "seal" and (read := _reader(connection, model, name))}
    wanted: list[ColumnClause[Any]] = [column(name) for name in dict.fromkeys([*sorted(readers), *keys, "seal"])]
    for row in connection.execute(select(*wanted).select_from(table(model.__tablename__))).mappings():
        if not _fits(row, dict(sorted(readers.items()))):
            yield {key: row[key] for key in keys}


def _fits(row: Mapping[Any, Any], readers: Mapping[str, _Read]) -> bool:
    """Whether the seal is of these values; the first seals covered empty columns, too."""
    try:
        values = [(name, read(row[name])) for name, read in readers.items()]
    except (Damaged, ValueError, TypeError):
        return False  # text that is no JSON, or no time: it was never written like that
    return row["seal"] in (digest([each for each in values if each[1] is not None]), digest(values))


def _reader(connection: Connection, model: type[Any], name: str) -> _Read | None:
    """From what the driver gives to what a seal is made of; nothing for arrays, which carry their own hash."""
    if name not in model.__table__.columns:
        return lambda value: value
    kind = model.__table__.columns[name].type
    if isinstance(kind, Array):
        return None
    convert = kind.dialect_impl(connection.dialect).result_processor(connection.dialect, None)
    comparable = normal(kind)
    return lambda value: comparable(value if convert is None else convert(value))
