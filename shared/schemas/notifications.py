"""Notifications of jobs that ended, and forms that a user has begun to fill in."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.base import Id, Schema

MOST_OF_A_DRAFT = 65536
"""Characters of its fields as JSON."""


class Notification(Schema):
    """A job that ended, as whoever submitted it sees it; `page` and `query` lead to what it made."""

    id: str
    job_id: str
    kind: str
    title: str
    state: Literal["done", "failed"]
    sentence: str = Field(description="Why it failed; empty where it did not.")
    page: str = Field(description="Page of the dashboard to go on with.")
    query: dict[str, str]
    at: datetime
    read_at: datetime | None


class NotificationsRead(Schema):
    """Which notifications were read; null for all of one's own."""

    ids: list[Id] | None = Field(default=None, max_length=500)


MailAbout = Literal["none", "failed", "all"]
MailAddress = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$", max_length=200)
]


class MailChoice(Schema):
    """Which ended jobs of one's own an e-mail is sent about, and where to."""

    about: MailAbout
    address: MailAddress | None = Field(default=None, description="Needed unless `about` is none.")

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.about != "none" and self.address is None:
            raise ValueError("give the address that e-mails go to")
        return self


class MailState(Schema):
    """Whether this server sends e-mails, where to, and what one has chosen."""

    possible: bool = Field(description="Whether this server sends e-mails at all.")
    domains: list[str] = Field(description="Domains that addresses may be of.")
    about: MailAbout
    address: str | None


DraftName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]


class DraftFields(Schema):
    """The fields of a form as they stand, by name."""

    fields: dict[Annotated[str, Field(max_length=80)], Any] = Field(max_length=200)

    @model_validator(mode="after")
    def _short(self) -> Self:
        if len(self.model_dump_json()) > MOST_OF_A_DRAFT:
            raise ValueError(f"a draft may have {MOST_OF_A_DRAFT} characters; leave out what is large")
        return self


class Draft(Schema):
    """A form that its user has begun; nobody else sees it."""

    name: str
    fields: dict[str, Any]
    at: datetime
