"""A share link as lists show it, also where its row cannot be read: it must stay visible, to be withdrawn."""

from datetime import UTC, datetime

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from backend import models
from backend.errors import Damaged
from backend.queries.analysis_detail import share_schema
from shared import schemas as s

UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)
"""Written for times of a row that cannot be read."""


def readable_share(session: Session, share_id: str) -> s.Share:
    """A link, or what is known of it where its row or that of its analysis is damaged."""
    session.expunge_all()  # a damaged row that stayed in the session would be given again, unchecked
    try:
        return share_schema(session.get_one(models.Share, share_id))
    except (Damaged, NoResultFound, ValueError, TypeError, AttributeError):
        return s.Share(
            id=share_id,
            analysis_id="",
            label="unreadable",
            analysis_title="This link or its analysis is damaged; restore the data folder from a backup.",
            created_by="",
            created_at=UNKNOWN_TIME,
            expires_at=UNKNOWN_TIME,
            revoked_at=None,
            state="damaged",
            opened=0,
            last_opened_at=None,
        )
