"""Users and their tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.models.base import Base
from backend.models.columns import new_id, now


class User(Base):
    """A person who may sign in; `role` is admin, researcher or viewer.

    `password_hash` is None for whoever signs in by links alone. A user with `disabled_at` is refused everywhere; its
    row stays, because others name it.
    """

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    password_hash: Mapped[str | None]
    disabled_at: Mapped[datetime | None]


class Token(Base):
    """A credential of a user, by hash.

    `login` works once, `invitation` once to choose a password, `session` is a browser's cookie, `api` a script's
    bearer. `scope` (read, write, admin) narrows what its user may do. A session ends `idle_minutes` after its last use.
    """

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(default="admin")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    idle_minutes: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")
