"""Notifications of jobs that ended, the messages that wait to be sent, and forms that a user has begun."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import new_id, now
from backend.models.row_checksum import ChecksummedRow


class Notification(ChecksummedRow, Base):
    """A job that ended, for whoever submitted it (`by`, a user's name); `page` and `query` lead to what it made."""

    __tablename__ = "notifications"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    by: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    sentence: Mapped[str] = mapped_column(default="")
    page: Mapped[str]
    query: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]


class WebhookMessage(Base):
    """A message that waits to be sent by the server's own means; its row goes when it was taken, or given up."""

    __tablename__ = "webhook_messages"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    page: Mapped[str]
    query: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]


class MailMessage(Base):
    """A message of an ended job that waits to be sent by e-mail to the user `by`; its row goes as a webhook's does."""

    __tablename__ = "mail_messages"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    page: Mapped[str]
    query: Mapped[dict[str, Any]]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]


class MailChoice(ChecksummedRow, Base):
    """Which ended jobs a user wants e-mails about: `failed` or `all`; without a row, none."""

    __tablename__ = "mail_choices"
    by: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    about: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Draft(ChecksummedRow, Base):
    """A form that a user has begun, by its name: it survives leaving the page; one row a user and form."""

    __tablename__ = "drafts"
    by: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)
