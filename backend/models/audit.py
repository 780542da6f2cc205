"""The table of the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import now


class Audit(Base):
    """One action of one actor on one target; never with a token, a path or a patient's name."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    action: Mapped[str]
    target: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
