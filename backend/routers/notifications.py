"""Notifications: which of one's jobs ended, until they are read."""

from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from backend import models
from backend.errors import Damaged
from backend.web.authorization import VIEWER, CurrentUser
from backend.web.dependencies import WriteSessionDep
from backend.web.pagination import Listing, add_list
from shared import schemas as s

router = APIRouter(tags=["notifications"])


def notifications(user: CurrentUser, unread: bool = False) -> Listing[s.Notification]:
    """One's own notifications, newest first; an admin's also of jobs that the command line started."""
    row = models.Notification
    statement = _ones_own(user).order_by(row.at.desc(), row.id)
    return Listing.of_each(statement.where(row.read_at.is_(None)) if unread else statement, _notifications)


add_list(router, "/notifications", s.Notification, notifications, VIEWER)


@router.post("/notifications/read", dependencies=[VIEWER], status_code=204)
def mark_read(body: s.NotificationsRead, session: WriteSessionDep, user: CurrentUser) -> None:
    """Marks notifications of one's own as read; ids of others are passed over."""
    row = models.Notification
    statement = _ones_own(user).where(row.read_at.is_(None))
    if body.ids is not None:
        statement = statement.where(row.id.in_(body.ids))
    moment = models.now()
    for one in session.scalars(statement.with_only_columns(row.id)).all():
        with suppress(Damaged):  # a damaged row stays unread, and the others are marked
            session.get_one(row, one).read_at = moment


def _ones_own(user: s.Me) -> Select[models.Notification]:
    row = models.Notification
    if user.role != "admin":
        return select(row).where(row.by == user.name)
    return select(row).where(or_(row.by == user.name, row.by.not_in(select(models.User.name))))


def _notifications(_session: Session, rows: Sequence[models.Notification]) -> list[s.Notification]:
    fields = s.Notification.model_fields
    return [s.Notification.model_validate({name: getattr(row, name) for name in fields}) for row in rows]
