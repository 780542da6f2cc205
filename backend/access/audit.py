"""The audit log: one row per write, sign-in, use of a link and export; no token, path or patient's name in it."""

from sqlalchemy.orm import Session

from backend.models import Audit


def record(session: Session, actor: str, action: str, target: str = "", **detail: str | int | bool) -> None:
    """Add a row in the transaction of what it describes, so that neither exists without the other."""
    session.add(Audit(actor=actor, action=action, target=target, detail=dict(detail)))
