"""Share links and the frozen snapshot they open."""

import unicodedata
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.schemas.analyses import Alert
from shared.schemas.base import Id, Schema
from shared.schemas.rankings import GroupRow
from shared.schemas.shared_page import SharedPage
from shared.schemas.trusted import Flag

TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows: a page could so be made to say another date or name."""


def _visible(text: str) -> str:
    if any(sign in TURNS or (unicodedata.category(sign) == "Cc" and sign not in "\t\n\r") for sign in text):
        raise ValueError("this text holds invisible control signs; write it again instead of pasting it")
    return text


Visible = AfterValidator(_visible)
Sender = Annotated[str, Field(max_length=80), Visible]
Title = Annotated[str, Field(max_length=120), Visible]
Message = Annotated[str, Field(max_length=600), Visible]


class ShareCreate(Schema):
    """A request for a link to a frozen snapshot."""

    analysis_id: Id
    label: Title = ""
    days: int = Field(default=14, ge=1, le=90)
    with_pictures: bool = Field(default=False, description="Case pictures; only after the burned-in text check.")
    passphrase: str | None = Field(
        default=None, min_length=8, max_length=200, description="Asked for when the link is opened; stored hashed only."
    )
    max_views: int | None = Field(default=None, ge=1, le=10_000, description="How often it can be opened; null = any.")
    sender: Sender = Field(default="", description="Who sent it, as the page says; your name where empty.")
    title: Title = Field(default="", description="Stands above the verdict.")
    message: Message = Field(default="", description="Why it is sent; the reader sees it.")
    draft: str | None = Field(default=None, max_length=64, description="A preview: exactly what it showed is frozen.")


class ShareDraftCreate(Schema):
    """A request for a preview of what the receiver of a link would see."""

    analysis_id: Id
    with_pictures: bool = False
    sender: Sender = ""
    title: Title = ""
    message: Message = ""
    days: int = Field(default=14, ge=1, le=90)


class ShareTexts(Schema):
    """Other words of the sender in a preview."""

    sender: Sender = ""
    title: Title = ""
    message: Message = ""
    days: int = Field(default=14, ge=1, le=90)


class ShareExtend(Schema):
    """A new end of a link, in days from now."""

    days: int = Field(ge=1, le=90)


class Share(Schema):
    """A link as its owner sees it; the token itself is shown once, at creation."""

    id: str
    analysis_id: str
    label: str
    analysis_title: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    state: Literal["active", "expired", "revoked", "damaged"]
    opened: int
    last_opened_at: datetime | None
    max_views: int | None = None
    has_passphrase: bool = False


class ShareCreated(Share):
    """The one answer that carries the link."""

    path: str = Field(description="`/s#TOKEN`, to be put behind the address of this server.")


class ShareOpen(Schema):
    """A share token, swapped for a cookie."""

    token: str = Field(description="Without a limit: a token that could be none is answered like any unknown one.")
    passphrase: str = Field(default="", description="Of a link that was given one; a wrong one is answered alike.")


class SharedShift(Schema):
    """A key shift on the shared page; R2 is cross-validated where the trust block was computed, else the paper's."""

    label: str
    sentence: str
    modality: str
    i_pre: float
    i_ft: float
    delta_i: float
    r2_pre: float | None
    r2_ft: float | None
    effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    flag: Flag | None = None
    case: str | None = Field(description="Pseudonym of the example case.")
    picture: str | None = Field(description="Name of its picture, if pictures were allowed.")
    picture_alt: str
    outlines: str = Field(
        default="gland blue, lesion yellow", description="Colours in the picture; older links do not say them."
    )
    pictured: str = Field(default="", description="The image in the picture: another where the case lacks `modality`.")


class SharedView(Schema):
    """The frozen snapshot a clinician sees: no ids, dates, paths or names of patients.

    Since version 2 all that is shown stands in `page`; `shifts` and `groups` are those of version 1, else empty.
    """

    version: int = Field(default=1, ge=1, le=2)
    title: str
    sentences: list[str]
    cannot_say: list[str]
    shifts: list[SharedShift]
    groups: list[GroupRow]
    alerts: list[Alert]
    provenance: dict[str, str]
    expires_in_days: int
    with_pictures: bool | None = Field(default=None, description="Whether pictures were asked for; since version 2.")
    page: SharedPage | None = None
    sent_at: datetime | None = Field(default=None, description="Of the link; not part of the snapshot.")
    until: datetime | None = Field(default=None, description="Until when the link opens; not part of the snapshot.")


class ShareDraft(Schema):
    """A preview: frozen as a link would be, for its sender alone, for an hour."""

    id: str
    view: SharedView
    page: str = Field(description="Address of the page, under this server's own; another one after each rewriting.")
    picture_bytes: int
