"""The declarative base of all tables: STRICT on SQLite, text that sorts by its letters' codes on every database."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Double, types
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase

from backend.models.columns import UtcTime


class Base(DeclarativeBase):
    """Base of every table; STRICT on SQLite, so that a value of a wrong type is refused."""

    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, list[str]: JSON, datetime: UtcTime, float: Double}  # noqa: RUF012 (SQLAlchemy's own attribute)
    __table_args__: Any = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's own attribute)


def strict(*constraints: Any) -> tuple[Any, ...]:
    """`__table_args__` of these constraints and SQLite's STRICT."""
    return (*constraints, {"sqlite_strict": True})


@compiles(types.String, "sqlite")
@compiles(types.JSON, "sqlite")
def _text(_type: Any, _compiler: Any, **_: Any) -> str:
    return "TEXT"


@compiles(types.BigInteger, "sqlite")
@compiles(types.Boolean, "sqlite")
def _integer(_type: Any, _compiler: Any, **_: Any) -> str:
    return "INTEGER"


@compiles(types.Double, "sqlite")
def _real(_type: Any, _compiler: Any, **_: Any) -> str:
    return "REAL"


@compiles(types.String, "postgresql")
def _by_codes(_type: Any, _compiler: Any, type_expression: Any = None, **_: Any) -> str:
    return "VARCHAR" + _collation(type_expression)


@compiles(types.Text, "postgresql")
def _long_by_codes(_type: Any, _compiler: Any, type_expression: Any = None, **_: Any) -> str:
    return "TEXT" + _collation(type_expression)


def _collation(place: Any) -> str:
    """A column of PostgreSQL sorts as SQLite does: not by the rules of a language, which pass over dots and dashes."""
    return ' COLLATE "C"' if isinstance(place, Column) else ""
