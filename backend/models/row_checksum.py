"""A hash of its own columns in every row that holds a result: a bit that flips on the disk is found at reading.

Arrays are left out, they carry their own sha256 (`Array`). The seal is written by the ORM before every INSERT and
UPDATE and checked whenever a whole row is loaded; rows written around the ORM have no valid seal and cannot be read.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import JSON, Boolean, Double, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from backend.errors import Damaged
from backend.models.columns import Array, UtcTime

_BYTES = 16
_CONTENT = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_unsealed: ContextVar[bool] = ContextVar("rows are being loaded to seal them anew", default=False)


class ChecksummedRow:
    """Mixin of a table whose rows carry their own hash."""

    checksum: Mapped[str] = mapped_column("seal", key="checksum", default="")


def row_checksum(row: ChecksummedRow, *, as_read: bool = False) -> str:
    """The hash (hex, 128 bits) of a row's columns as the database will give them back.

    `as_read`: it gave them just now, so what was JSON is not sent through JSON again, half of the time of a list.
    """
    state = row.__dict__
    found = []
    for key, normal, is_json in checksummed_columns(type(row)):
        value = state.get(key)
        if value is not None and not (as_read and is_json):
            value = normal(value)
        if value is not None:
            found.append((key, value))
    return digest(found)


def digest(values: list[tuple[str, Any]]) -> str:
    """The hash of names and values, in the order of the names. Empty columns are left out, so that one may be added."""
    return hashlib.blake2b(_CONTENT.encode(values).encode(), digest_size=_BYTES).hexdigest()


def verify_row_checksum(row: ChecksummedRow) -> None:
    """Raises `Damaged` where a row is not what was written."""
    if not _unsealed.get() and row.checksum != row_checksum(row, as_read=True):
        table = inspect(type(row)).local_table.name
        raise Damaged(f"A stored row of {table} no longer matches its hash; restore the database from a backup.")


@contextmanager
def without_verification() -> Iterator[None]:
    """Rows are loaded without a look at their seals, to make these anew."""
    token = _unsealed.set(True)
    try:
        yield
    finally:
        _unsealed.reset(token)


Column = tuple[str, Callable[[Any], Any], bool]


def checksummed_columns(model: type[ChecksummedRow]) -> tuple[Column, ...]:
    """The columns that a table's seal covers, by name: each with what makes its values comparable, and whether JSON."""
    return _columns_of(model)  # type: ignore[arg-type] # mypy takes a mapped class for unhashable


@cache
def _columns_of(model: Any) -> tuple[Column, ...]:
    found = []
    for attribute in inspect(model).column_attrs:
        kind = attribute.columns[0].type
        if attribute.key != "checksum" and not isinstance(kind, Array):
            found.append((attribute.key, normal(kind), isinstance(kind, JSON)))
    return tuple(sorted(found, key=lambda column: column[0]))


def normal(kind: Any) -> Callable[[Any], Any]:
    """How a value of this column type looks after a journey through the database."""
    if isinstance(kind, UtcTime):
        return _time
    if isinstance(kind, Double):
        return _number
    if isinstance(kind, Boolean):
        return lambda value: None if value is None else bool(value)
    if isinstance(kind, JSON):
        return lambda value: json.loads(json.dumps(value))
    return lambda value: value


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat()


def _number(value: float | None) -> str | None:
    """SQLite stores NaN as NULL and -0.0 as 0."""
    return None if value is None or math.isnan(value) else (float(value) + 0.0).hex()


def _before_write(mapper: Mapper[Any], _connection: object, row: ChecksummedRow) -> None:
    for attribute in mapper.column_attrs:  # Python defaults would be filled in only after the seal was made
        default: Any = attribute.columns[0].default
        if default is not None and attribute.key not in row.__dict__ and not inspect(row).has_identity:
            setattr(row, attribute.key, default.arg(None) if default.is_callable else default.arg)
    for key in inspect(row).unloaded.intersection(key for key, _, _ in checksummed_columns(type(row))):
        getattr(row, key)
    row.checksum = row_checksum(row)


def _loaded(row: ChecksummedRow, *_: object) -> None:
    held = row.__dict__
    if "checksum" in held and all(key in held for key, _, _ in checksummed_columns(type(row))):
        verify_row_checksum(row)


event.listen(ChecksummedRow, "before_insert", _before_write, propagate=True)
event.listen(ChecksummedRow, "before_update", _before_write, propagate=True)
event.listen(ChecksummedRow, "load", _loaded, propagate=True)
event.listen(ChecksummedRow, "refresh", _loaded, propagate=True)
