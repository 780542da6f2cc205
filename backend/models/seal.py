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
_unsealed: ContextVar[bool] = ContextVar("rows are being loaded to seal them anew", default=False)


class Sealed:
    """Mixin of a table whose rows carry their own hash."""

    seal: Mapped[str] = mapped_column(default="")


def seal_of(row: Sealed) -> str:
    """The hash (hex, 128 bits) of a row's columns as the database will give them back."""
    state = row.__dict__
    found = ((key, normal(state.get(key))) for key, normal in sealed_columns(type(row)))
    return digest([(key, value) for key, value in found if value is not None])


def digest(values: list[tuple[str, Any]]) -> str:
    """The hash of names and values, in the order of the names. Empty columns are left out, so that one may be added."""
    content = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(content.encode(), digest_size=_BYTES).hexdigest()


def check_seal(row: Sealed) -> None:
    """Raises `Damaged` where a row is not what was written."""
    if not _unsealed.get() and row.seal != seal_of(row):
        table = inspect(type(row)).local_table.name
        raise Damaged(f"A stored row of {table} no longer matches its hash; restore the database from a backup.")


@contextmanager
def reading_unsealed() -> Iterator[None]:
    """Rows are loaded without a look at their seals, to make these anew."""
    token = _unsealed.set(True)
    try:
        yield
    finally:
        _unsealed.reset(token)


def sealed_columns(model: type[Sealed]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """The columns that a table's seal covers, in order, each with what makes its values comparable."""
    return _columns_of(inspect(model))


@cache
def _columns_of(mapper: Mapper[Any]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    found = []
    for attribute in mapper.column_attrs:
        kind = attribute.columns[0].type
        if attribute.key != "seal" and not isinstance(kind, Array):
            found.append((attribute.key, normal(kind)))
    return tuple(sorted(found))


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


def _before_write(mapper: Mapper[Any], _connection: object, row: Sealed) -> None:
    for attribute in mapper.column_attrs:  # Python defaults would be filled in only after the seal was made
        default: Any = attribute.columns[0].default
        if default is not None and attribute.key not in row.__dict__ and not inspect(row).has_identity:
            setattr(row, attribute.key, default.arg(None) if default.is_callable else default.arg)
    for key in inspect(row).unloaded.intersection(key for key, _ in sealed_columns(type(row))):
        getattr(row, key)
    row.seal = seal_of(row)


def _loaded(row: Sealed, *_: object) -> None:
    unloaded = inspect(row).unloaded
    if "seal" not in unloaded and unloaded.isdisjoint(key for key, _ in sealed_columns(type(row))):
        check_seal(row)


event.listen(Sealed, "before_insert", _before_write, propagate=True)
event.listen(Sealed, "before_update", _before_write, propagate=True)
event.listen(Sealed, "load", _loaded, propagate=True)
event.listen(Sealed, "refresh", _loaded, propagate=True)
