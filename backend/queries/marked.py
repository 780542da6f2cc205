"""What notes, stars and saved views share: that their thing is there, how many a user may write, who may delete."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.access.projects import visible_to
from backend.errors import Conflict, Forbidden, NotFound, TooMany
from backend.storage.project_scope import Scope, limited
from shared import schemas as s

MOST_A_MINUTE = 30
"""Notes, or saved views, that one user may write in a minute."""
MOST_OF_A_USER = 5000
"""Rows of one table that one user may have."""
MINUTE = timedelta(minutes=1)


def check_there(session: Session, analysis_id: str | None, feature: str | None, case_id: str | None) -> None:
    """Raise `NotFound` where the analysis, its feature or the case is not there; the row itself may be damaged."""
    if case_id is not None and not _any(session, models.Case.id, models.Case.id == case_id):
        raise NotFound("There is no such case; the Cases page lists them all.")
    if analysis_id is not None and not _any(session, models.Analysis.id, models.Analysis.id == analysis_id):
        raise NotFound("There is no such analysis; the Overview page lists them all.")
    row = models.AnalysisFeature
    if feature is not None and not _any(session, row.k, row.analysis_id == analysis_id, row.feature == feature):
        raise NotFound("This analysis has no such feature; the Shifts page lists them all.")


def check_room(session: Session, model: Any, user: str, moment: datetime) -> None:
    """Raise `TooMany` where a user wrote too many rows of a table in the last minute, `Conflict` where ever."""
    mine = select(func.count()).select_from(model).where(model.by == user)
    if (session.scalar(mine) or 0) >= MOST_OF_A_USER:
        raise Conflict(f"You have {MOST_OF_A_USER} of these already; delete some that are no longer needed.")
    if (session.scalar(mine.where(model.at > moment - MINUTE)) or 0) >= MOST_A_MINUTE:
        raise TooMany(f"You wrote {MOST_A_MINUTE} of these within a minute; wait a minute and try again.")


def delete_row(
    session: Session, model: Any, row_id: str, user: s.Me, missing: str, action: str, *shown: ColumnElement[bool]
) -> None:
    """Delete a row of the user's own, as admin or owner of its project any, also a damaged one.

    `missing` says that there is none; to the user there is none either where it is not one of `shown`.
    """
    by = session.scalar(select(model.by).where(model.id == row_id, *shown))
    if by is None:
        raise NotFound(missing)
    if by != user.name and user.role != "admin" and not _owns(session, model, row_id, user):
        raise Forbidden("Only who wrote this, an owner of its project, or an admin can delete it. Ask one of them.")
    session.execute(delete(model).where(model.id == row_id))
    audit.record(session, user.name, action, row_id)


def _owns(session: Session, model: Any, row_id: str, user: s.Me) -> bool:
    """Whether a row is of a project that the user owns."""
    owned = frozenset(project for project, role in visible_to(session, user.name).items() if role == "owner")
    with limited(session, Scope(owned)):
        return _any(session, model.id, model.id == row_id)


def _any(session: Session, column: Any, *where: Any) -> bool:
    return session.scalar(select(column).where(*where).limit(1)) is not None
