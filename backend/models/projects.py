"""Projects, which part the cohorts of a server, and their members."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.models.base import Base
from backend.models.columns import new_id, now
from backend.models.users import User

DEFAULT_PROJECT = "default"
"""Id and name of the project that every server has; a server of one person needs no other."""


class Project(Base):
    """A set of cohorts with all that was made of them; nobody but its members sees it. `ended_at`: not even they."""

    __tablename__ = "projects"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Member(Base):
    """A user in a project; `role` is viewer (reads), researcher (also writes) or owner (also says who is a member)."""

    __tablename__ = "members"
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    project: Mapped[Project] = relationship(lazy="joined")
    user: Mapped[User] = relationship(lazy="joined")
