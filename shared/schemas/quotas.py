"""Quotas: what a user or a project may take, and has taken."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema

QuotaKind = Literal["user", "project"]


class Quota(Schema):
    """A limit: of a user the jobs that may be open at once, of a project the MB that its stored files may take."""

    kind: QuotaKind
    id: str
    name: str
    limit: int | None = Field(description="Null without a limit.")
    taken: int = Field(description="Jobs that are open, or MB.")
    own: bool = Field(description="Whether an administrator set it; else the server's settings decide.")


class QuotaLimit(Schema):
    """The limit that a user or a project is to have."""

    limit: int = Field(ge=0, le=10**12, description="Jobs that may be open at once, or MB; 0 MB means no limit.")
