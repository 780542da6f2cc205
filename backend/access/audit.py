"""Who did what, when: one row per write, sign-in, link use and export; never a token, a path or a patient's name."""

from sqlalchemy.orm import Session

from backend.models import Audit


def record(session: Session, actor: str, action: str, target: str = "", **detail: str | int | bool) -> None:
    """Adds one row, in the transaction of what it describes, so that neither exists without the other."""
    session.add(Audit(actor=actor, action=action, target=target, detail=dict(detail)))
