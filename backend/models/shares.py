"""Share links, their pictures and the sessions of browsers that opened them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.models.analyses import Analysis
from backend.models.base import Base
from backend.models.columns import new_id, now


class Share(Base):
    """A link to a frozen snapshot of one analysis; only hashes of its token and passphrase are kept.

    `max_views` limits how often it can be opened; a browser that opened it keeps its cookie.
    """

    __tablename__ = "shares"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"))
    label: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(default=0)
    last_opened_at: Mapped[datetime | None]
    snapshot: Mapped[dict[str, Any]]
    snapshot_sha256: Mapped[str]
    passphrase_hash: Mapped[str | None]
    max_views: Mapped[int | None]
    analysis: Mapped[Analysis] = relationship(lazy="joined")


class SharePicture(Base):
    """A picture (PNG or WebP) of a share's snapshot, stored with it so that the link never reads live data."""

    __tablename__ = "share_pictures"
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    png: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]


class ShareSession(Base):
    """The session of a browser that opened a share, by the hash of its cookie."""

    __tablename__ = "share_sessions"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


def snapshot_hash(snapshot: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON of a snapshot."""
    text = json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
