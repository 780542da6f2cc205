"""Notes and stars that people put on analyses, features and cases, and the views they save."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, strict
from backend.models.columns import new_id, now
from backend.models.row_checksum import ChecksummedRow


class Note(ChecksummedRow, Base):
    """What somebody wrote about an analysis, a `feature` of it, or a case; `by` is a user's name.

    The name stays when the user's tokens are withdrawn, and so does the row.
    """

    __tablename__ = "notes"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    analysis_id: Mapped[str | None] = mapped_column(ForeignKey("analyses.id"), index=True)
    feature: Mapped[str | None]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Star(ChecksummedRow, Base):
    """One user's star on the same; its id is `star_id`, so that nobody has two stars on one thing."""

    __tablename__ = "stars"
    id: Mapped[str] = mapped_column(primary_key=True)
    analysis_id: Mapped[str | None] = mapped_column(ForeignKey("analyses.id"))
    feature: Mapped[str | None]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    by: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=now)


class SavedView(ChecksummedRow, Base):
    """An address of the dashboard under a name: the page and its query; one user has a name once.

    Members of its project see it; without a project only who saved it.
    """

    __tablename__ = "saved_views"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str]
    page: Mapped[str]
    query: Mapped[dict[str, Any]]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = strict(UniqueConstraint("by", "name"))


def star_id(by: str, analysis_id: str | None, feature: str | None, case_id: str | None) -> str:
    """The id of a user's star on one thing."""
    text = json.dumps([by, analysis_id, feature, case_id], ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
