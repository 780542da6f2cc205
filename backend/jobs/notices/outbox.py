"""Messages that wait to be sent: taken one by one, sent again later where they were not taken, given up in the end.

A message is leased before it is sent, so that of several workers on one database one sends it.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.models import MailMessage, WebhookMessage, now
from backend.settings import Settings
from backend.storage.database import Database

log = logging.getLogger(__name__)
PAUSES = (10, 60, 600, 3600, 7200)
"""Seconds between attempts; after the last one the message is given up."""
AT_ONCE = 20
LEASE = timedelta(seconds=60)
"""How long a message that is being sent is left alone by others: longer than sending it may take."""
Row = TypeVar("Row", WebhookMessage, MailMessage)
Written = TypeVar("Written")


def send_waiting(
    database: Database,
    kind: type[Row],
    compose: Callable[[Session, Row], Written | None],
    send: Callable[[str, Written], bool],
    at: datetime | None = None,
) -> int:
    """Sends every message of a table whose time has come; gives how many were taken.

    Args:
        database: of the messages.
        kind: their table.
        compose: writes a message; None where its receiver no longer wants it, and then it is dropped.
        send: whether the receiver took the message of that id.
        at: the present time, unless told.
    """
    moment = at or now()
    due = select(kind.id).where(_is_due(kind, moment)).order_by(kind.at).limit(AT_ONCE)
    with database.read() as session:
        found = session.scalars(due).all()
    taken = 0
    for message_id in found:
        if not _lease(database, kind, message_id, moment):
            continue
        written = _written(database, kind, message_id, compose)
        if written is None:
            continue
        ok = send(message_id, written)
        taken += ok
        with database.write() as session:
            known = session.get(kind, message_id)
            if known is not None:
                _note(session, known, ok, moment)
    return taken


def drop_all(session: Session, kind: type[Row]) -> None:
    """Drops what waits: no way to send it is set, and one that is set later begins with what follows."""
    session.execute(delete(kind))


def link(settings: Settings, row: WebhookMessage | MailMessage) -> str:
    """The address of the page where a job that ended goes on; it needs a sign-in."""
    base = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    return f"{base}/{row.page}?{urlencode(row.query)}"


def _is_due(kind: type[Row], moment: datetime):  # type: ignore[no-untyped-def] # a clause of SQLAlchemy
    return or_(kind.next_at.is_(None), kind.next_at <= moment)


def _lease(database: Database, kind: type[Row], message_id: str, moment: datetime) -> bool:
    free = update(kind).where(kind.id == message_id, _is_due(kind, moment)).values(next_at=moment + LEASE)
    with database.write() as session:
        leased = session.scalar(free.returning(kind.id), execution_options={"synchronize_session": False})
    return leased is not None


def _written(
    database: Database, kind: type[Row], message_id: str, compose: Callable[[Session, Row], Written | None]
) -> Written | None:
    """The message; None where it went meanwhile or is dropped. A damaged one is dropped: it would stop all others."""
    try:
        with database.read() as session:
            known = session.get(kind, message_id)
            written = None if known is None else compose(session, known)
    except Damaged as error:
        log.warning("a message of %s is dropped: %s", kind.__tablename__, error.sentence)
        written = None
    if written is None:
        with database.write() as session:
            session.execute(delete(kind).where(kind.id == message_id))
    return written


def _note(session: Session, row: WebhookMessage | MailMessage, ok: bool, moment: datetime) -> None:
    row.attempts += 1
    if not ok and row.attempts <= len(PAUSES):
        row.next_at = moment + timedelta(seconds=PAUSES[row.attempts - 1])
        return
    if not ok:
        log.warning("a message of job %s is given up after %d attempts", row.job_id, row.attempts)
    session.delete(row)
