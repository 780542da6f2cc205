"""The audit log: one row per sign-in, write, use of a link and export; no token, path or patient's name in it.

Rows form a chain: each holds the hash of the row before (`backend.models.audit_hash`). They join it as the last step of
their transaction, under the lock of the chain's head. So they come one after another whatever runs at the same time, on
SQLite and PostgreSQL, and nobody who waits for another row can hold the head meanwhile.
"""

from datetime import UTC

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.models import Audit, AuditHead, audit_hash, now

_WAITING = "audit rows that join the chain at the commit"
NO_HEAD = "The end of the audit log is gone, so nothing can be added to it; restore the database from a backup."


def record(session: Session, actor: str, action: str, target: str = "", **detail: str | int | bool) -> None:
    """Add a row in the transaction of what it describes, so that neither exists without the other."""
    row = Audit(at=now(), actor=actor, action=action, target=target, detail=dict(detail))
    session.info.setdefault(_WAITING, []).append(row)


@event.listens_for(Session, "before_commit")
def _join_chain(session: Session) -> None:
    waiting: list[Audit] = session.info.pop(_WAITING, [])
    if not waiting:
        return
    session.flush()  # every other row first: the head is the last lock that a transaction takes
    head = update(AuditHead).values(n_rows=AuditHead.n_rows + len(waiting))
    locked = session.execute(head.returning(AuditHead.last_id, AuditHead.last_hash)).one_or_none()
    if locked is None:
        raise Damaged(NO_HEAD)
    last_id, last_hash = locked
    for row in waiting:
        last_id += 1
        at = row.at.astimezone(UTC).isoformat()
        row.id, row.previous_hash = last_id, last_hash
        row.row_hash = last_hash = audit_hash(last_hash, last_id, at, row.actor, row.action, row.target, row.detail)
    session.add_all(waiting)
    session.flush()
    session.execute(update(AuditHead).values(last_id=last_id, last_hash=last_hash))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)
