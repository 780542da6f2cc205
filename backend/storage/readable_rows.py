"""Reads a list of rows so that a damaged one costs only itself: it is named, and the others are read."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import LargeBinary, Select, cast, select
from sqlalchemy.orm import Session

from backend.errors import Damaged
from shared.schemas import UnreadableRow

log = logging.getLogger("radiomiclens")
T = TypeVar("T")
Convert = Callable[[Session, Sequence[Any]], Sequence[T]]
DAMAGE = (Damaged, ValueError, LookupError, TypeError, AttributeError)
"""What a row raises that cannot be read: by its hash, or by a value of the wrong kind in a table without hashes."""
OTHER_DAMAGE = "A stored value of this row is none that can stand there; restore the database from a backup."


@dataclass(frozen=True, slots=True)
class Readable(Generic[T]):
    """What could be read of a list, and the rows that could not."""

    items: list[T]
    unreadable: list[UnreadableRow]


def read_each(session: Session, statement: Select[Any], convert: Convert[T], *options: Any) -> Readable[T]:
    """The rows of one table with a text `id` that `statement` selects, converted one to one; loaded with `options`.

    Raises `Damaged` where not even the ids can be read.
    """
    try:
        return Readable(list(convert(session, session.scalars(statement.options(*options)).all())), [])
    except DAMAGE:
        model = statement.column_descriptions[0]["entity"]
    ids = row_ids(session, statement, model)
    good: dict[str, T] = {}
    bad: dict[str, str] = {}
    _halve(session, model, ids, convert, options, good, bad)
    for row_id, sentence in bad.items():
        log.error("damaged data: %s %s: %s", model.__tablename__, row_id, sentence)
    return Readable(list(good.values()), [UnreadableRow(id=each, sentence=said) for each, said in bad.items()])


def row_ids(session: Session, statement: Select[Any], model: Any) -> list[str]:
    """The ids of the rows of `model` that `statement` selects; one that is no UTF-8 any more does not end the query."""
    found = session.scalars(statement.with_only_columns(cast(model.id, LargeBinary))).all()
    return [bytes(each).decode("utf-8", "replace") for each in found]


def _halve(
    session: Session,
    model: Any,
    ids: Sequence[str],
    convert: Convert[T],
    options: Sequence[Any],
    good: dict[str, T],
    bad: dict[str, str],
) -> None:
    """Fills `good` and `bad` in the order of `ids`; few damaged rows among many take few queries."""
    session.expunge_all()  # a damaged row that stayed in the session would be given again, unchecked
    try:
        found = {row.id: row for row in session.scalars(select(model).where(model.id.in_(ids)).options(*options))}
        good.update(zip(ids, convert(session, [found[each] for each in ids]), strict=True))
    except DAMAGE as error:
        if len(ids) == 1:
            bad[ids[0]] = error.sentence if isinstance(error, Damaged) else OTHER_DAMAGE
            return
        middle = len(ids) // 2
        _halve(session, model, ids[:middle], convert, options, good, bad)
        _halve(session, model, ids[middle:], convert, options, good, bad)
