"""Notifications: which of one's jobs ended, until they are read."""

from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter
from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.errors import BadSettings, Conflict, Damaged
from backend.jobs.notices.mail import may_receive
from backend.settings import Settings
from backend.web.authorization import VIEWER, CurrentUser
from backend.web.dependencies import ReadSessionDep, SettingsDep, WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["notifications"], route_class=SettledRoute)


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


@router.get("/notifications/mail", dependencies=[VIEWER])
def mail(session: ReadSessionDep, settings: SettingsDep, user: CurrentUser) -> s.MailState:
    """Whether this server sends e-mails, and which one has chosen to get."""
    return _mail_state(settings, session.get(models.MailChoice, user.name))


@router.put("/notifications/mail", dependencies=[VIEWER])
def choose_mail(body: s.MailChoice, session: WriteSessionDep, settings: SettingsDep, user: CurrentUser) -> s.MailState:
    """Chooses which ended jobs of one's own an e-mail is sent about, and where to."""
    session.execute(delete(models.MailChoice).where(models.MailChoice.by == user.name))  # a damaged one is replaced
    audit.record(session, user.name, "mail.choose", about=body.about)
    if body.about == "none" or body.address is None:
        return _mail_state(settings, None)
    if not settings.smtp_host:
        raise Conflict("This server sends no e-mails; ask its administrator to name a mail server.")
    if not may_receive(settings, body.address):
        allowed = ", ".join(settings.mail_domains)
        raise BadSettings(f"E-mails may go to addresses of {allowed} only; give one of these.")
    row = models.MailChoice(by=user.name, address=body.address, about=body.about)
    session.add(row)
    return _mail_state(settings, row)


def _mail_state(settings: Settings, row: models.MailChoice | None) -> s.MailState:
    chosen = {"about": "none", "address": None} if row is None else {"about": row.about, "address": row.address}
    return s.MailState.model_validate({"possible": bool(settings.smtp_host), "domains": settings.mail_domains} | chosen)


def _ones_own(user: s.Me) -> Select[models.Notification]:
    row = models.Notification
    if user.role != "admin":
        return select(row).where(row.by == user.name)
    return select(row).where(or_(row.by == user.name, row.by.not_in(select(models.User.name))))


def _notifications(_session: Session, rows: Sequence[models.Notification]) -> list[s.Notification]:
    fields = s.Notification.model_fields
    return [s.Notification.model_validate({name: getattr(row, name) for name in fields}) for row in rows]
