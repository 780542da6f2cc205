"""Row checksums: every row that holds a result carries a hash of its columns, so that a read finds a flipped bit.

Arrays are left out: they carry their own sha256 (`Array`). The ORM writes the checksum before every INSERT and UPDATE
and verifies it whenever a whole row is loaded. A row that was not written by the ORM has no valid checksum and cannot
be read.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
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
_unverified: ContextVar[bool] = ContextVar("rows are loaded without verification", default=False)


class ChecksummedRow:
    """Mixin of a table whose rows carry a checksum, in the database column `seal`."""

    checksum: Mapped[str] = mapped_column("seal", key="checksum", default="")


def row_checksum(row: ChecksummedRow, *, as_read: bool = False) -> str:
    """The hash (hex, 128 bits) of a row's columns as the database returns them.

    With `as_read` they come from the database: JSON values are then taken as they are, which halves the time of a list.
    """
    state = row.__dict__
    found = []
    for key, normalize, is_json in checksummed_columns(type(row)):
        value = state.get(key)
        if value is not None and not (as_read and is_json):
            value = normalize(value)
        if value is not None:
            found.append((key, value))
    return digest(found)


def digest(values: list[tuple[str, Any]]) -> str:
    """The hash of names and values, in the given order; callers leave out null columns, so that one can be added."""
    return hashlib.blake2b(_CONTENT.encode(values).encode(), digest_size=_BYTES).hexdigest()


def verify_row_checksum(row: ChecksummedRow) -> None:
    """Raise `Damaged` where a row does not match its checksum."""
    if not _unverified.get() and row.checksum != row_checksum(row, as_read=True):
        raise _damaged(type(row))


def _damaged(model: type[ChecksummedRow]) -> Damaged:
    table = inspect(model).local_table.name
    return Damaged(f"A stored row of {table} no longer matches its hash; restore the database from a backup.")


def checksummed_attributes(model: type[ChecksummedRow]) -> list[Any]:
    """The columns of a table that `verify_columns` needs, to be selected in this order: those covered, the checksum."""
    return [*(getattr(model, key) for key, _, _ in checksummed_columns(model)), model.checksum]


def verify_columns(model: type[ChecksummedRow], rows: Sequence[Any]) -> None:
    """The same for rows of `checksummed_attributes`, which are read in half the time of whole objects."""
    readers = [(key, None if is_json else normalize) for key, normalize, is_json in checksummed_columns(model)]
    for *values, checksum in rows:
        found = []
        for (key, normalize), value in zip(readers, values, strict=True):
            if value is not None and normalize is not None:
                value = normalize(value)
            if value is not None:
                found.append((key, value))
        if digest(found) != checksum:
            raise _damaged(model)


@contextmanager
def without_verification() -> Iterator[None]:
    """Load rows in this block without verifying their checksums, to compute these again."""
    token = _unverified.set(True)
    try:
        yield
    finally:
        _unverified.reset(token)


Column = tuple[str, Callable[[Any], Any], bool]


def checksummed_columns(model: type[ChecksummedRow]) -> tuple[Column, ...]:
    """The columns that a table's checksum covers, by name: name, normalizer of its values, whether JSON."""
    return _columns_of(model)  # type: ignore[arg-type] # mypy takes a mapped class for unhashable


@cache
def _columns_of(model: Any) -> tuple[Column, ...]:
    found = []
    for attribute in inspect(model).column_attrs:
        kind = attribute.columns[0].type
        if attribute.key != "checksum" and not isinstance(kind, Array):
            found.append((attribute.key, normalizer(kind), isinstance(kind, JSON)))
    return tuple(sorted(found, key=lambda column: column[0]))


def normalizer(kind: Any) -> Callable[[Any], Any]:
    """A function that gives a value of this column type as the database returns it, in a JSON type."""
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
    for attribute in mapper.column_attrs:  # SQLAlchemy fills in Python defaults only after this event
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
