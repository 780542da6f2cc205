"""The audit log, newest first, as its administrators read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.models import Audit, AuditHead, stored_detail
from backend.storage.audit_check import START, Anchor
from backend.storage.readable_rows import OTHER_DAMAGE, Readable
from shared import schemas as s

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are meant: of one actor, of actions that begin so, about one target, of a time."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def count_entries(session: Session, wanted: AuditFilter) -> int:
    """How many rows are meant."""
    return session.scalar(_filtered(select(func.count()).select_from(Audit), wanted)) or 0


def read_entries(session: Session, wanted: AuditFilter, limit: int | None, offset: int) -> Readable[s.AuditEntry]:
    """A part of the rows that are meant, newest first; a row that cannot be read is named instead."""
    part = _rows(wanted).order_by(Audit.id.desc()).limit(limit).offset(offset)
    items: list[s.AuditEntry] = []
    unreadable: list[s.UnreadableRow] = []
    for row in session.execute(part):
        entry = _entry(row)
        if isinstance(entry, s.AuditEntry):
            items.append(entry)
        else:
            unreadable.append(entry)
    return Readable(items, unreadable)


def entries_in_order(session: Session, wanted: AuditFilter, after: int) -> list[s.AuditEntry | s.UnreadableRow]:
    """The next rows that are meant after the id `after`, oldest first: the log in parts, for an export."""
    part = _rows(wanted).where(Audit.id > after).order_by(Audit.id).limit(AT_ONCE)
    return [_entry(row) for row in session.execute(part)]


def end_of_log(session: Session) -> Anchor:
    """The anchor of the newest row; raises `Damaged` where the head of the chain is gone."""
    head = session.execute(select(AuditHead.last_id, AuditHead.last_hash)).one_or_none()
    if head is None:
        raise Damaged("The end of the audit log is gone; restore the database from a backup.")
    return Anchor(*head) if head.last_id else START


def _rows(wanted: AuditFilter) -> Select[Any]:
    """Times and details as text: a row with others still has an id, an actor and an action to show."""
    texts = (cast(Audit.at, Text), Audit.actor, Audit.action, Audit.target, cast(Audit.detail, Text))
    columns: Any = (Audit.id, *texts, Audit.previous_hash, Audit.row_hash)
    return _filtered(select(*columns), wanted)


def _filtered(statement: Select[Any], wanted: AuditFilter) -> Select[Any]:
    return statement.where(*_conditions(wanted))


def _conditions(wanted: AuditFilter) -> Iterator[Any]:
    for column, value in ((Audit.actor, wanted.actor), (Audit.target, wanted.target)):
        if value is not None:
            yield column == value
    if wanted.action is not None:
        yield Audit.action.startswith(wanted.action, autoescape=True)
    if wanted.since is not None:
        yield Audit.at >= _aware(wanted.since)
    if wanted.until is not None:
        yield Audit.at < _aware(wanted.until)


def _aware(moment: datetime) -> datetime:
    """A time without a zone is meant in UTC, as the log shows its own."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _entry(row: Any) -> s.AuditEntry | s.UnreadableRow:
    row_id, at, actor, action, target, detail, previous, own = row
    fields = {"id": row_id, "at": at, "actor": actor, "action": action, "target": target}
    try:
        return s.AuditEntry.model_validate(
            fields | {"detail": stored_detail(detail), "previous_hash": previous, "row_hash": own}
        )
    except ValueError:
        return s.UnreadableRow(id=str(row_id), sentence=OTHER_DAMAGE)
