"""Projects, which part the cohorts of a server, and who is a member of them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.base import Schema

ProjectRole = Literal["viewer", "researcher", "owner"]
"""In one project: reads; also writes; also says who is a member."""


class Project(Schema):
    """A project and what one is in it; an admin of the server sees names and numbers of others, too."""

    id: str
    name: str
    role: ProjectRole | None = Field(description="One's own role in it; null where one is no member.")
    n_members: int
    created_at: datetime


class ProjectCreate(Schema):
    """A project to add; one of that name that had ended is opened again, with what it held."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class ProjectMember(Schema):
    """A member of a project."""

    name: str = Field(description="Name of the user.")
    role: ProjectRole
    since: datetime


class ProjectMemberChange(Schema):
    """What a user is in a project from now on."""

    role: ProjectRole
