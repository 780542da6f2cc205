"""The tables of the audit log: a chain of rows, each with the hash of the row before, and the chain's head."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import now

BEGINNING = "0" * 64
"""What the first row of a chain names as the row before."""
HEAD_ID = 1
_CONTENT = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)


class Audit(Base):
    """One action of one actor on one target; never with a token, a path or a patient's name."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    action: Mapped[str]
    target: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str]
    row_hash: Mapped[str]


class AuditHead(Base):
    """The one row that says where the chain ends: writers take it in turn, and a cut end is seen."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n_rows: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[str]


def audit_hash(previous: str, row_id: int, at: str, actor: str, action: str, target: str, detail: Any) -> str:
    """The sha256 (hex) of a row and of the hash before it; `at` as it is stored, `detail` as JSON gives it back."""
    return hashlib.sha256(_CONTENT.encode([previous, row_id, at, actor, action, target, detail]).encode()).hexdigest()


def stored_detail(text: str) -> Any:
    """The details of a stored row; text that is no JSON is taken as it is, so that even such a row has one hash."""
    try:
        return json.loads(text)
    except ValueError:
        return text
