"""Users, and what they are signed in with: sessions of browsers and API tokens."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.schemas.base import Role, Schema, Scope


class User(Schema):
    """Somebody who may sign in."""

    id: str
    name: str
    role: Role
    disabled: bool
    has_password: bool
    from_outside: bool = Field(default=False, description="Whether an institution or a proxy says who this is.")
    created_at: datetime
    last_used_at: datetime | None = Field(description="When any session or token was used last, to the minute.")


class UserCreate(Schema):
    """A user to add."""

    name: str = Field(min_length=1, max_length=80)
    role: Role
    days: int = Field(default=7, ge=1, le=30, description="Days the invitation lives.")


class UserChange(Schema):
    """What changes of a user; null leaves it."""

    role: Role | None = None
    disabled: bool | None = None


class InvitationCreate(Schema):
    """A new invitation of a user."""

    days: int = Field(default=7, ge=1, le=30, description="Days it lives.")


class Invitation(Schema):
    """A link that works once and lets its user choose a password; it is in this answer and nowhere else."""

    user: User
    path: str
    expires_at: datetime


class Credential(Schema):
    """Something a user is signed in with, or could sign in with once; never the secret itself."""

    FIRST_COLUMNS: ClassVar[tuple[str, ...]] = ("id", "user", "kind", "name")
    id: str
    user: str
    kind: Literal["session", "api", "login", "invitation"]
    name: str = Field(description="Browser of a session, the name that was given to an API token.")
    scope: Scope
    state: Literal["active", "expired"]
    current: bool = Field(description="Whether this request came with it.")
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class Account(Schema):
    """One's own account."""

    name: str
    role: Role
    has_password: bool
    from_outside: bool = Field(default=False, description="Whether an institution or a proxy says who this is.")
    sign_in: bool = Field(description="Whether this server asks for a sign-in; without one there is no account.")


class PasswordChange(Schema):
    """A new password for oneself; other sessions of this user end."""

    old: str | None = Field(default=None, max_length=200, description="Null for the first password.")
    new: str = Field(min_length=1, max_length=200)
    end_tokens: bool = Field(default=False, description="Whether API tokens end, too.")


class TokenCreate(Schema):
    """An API token for oneself."""

    name: str = Field(min_length=1, max_length=80)
    scope: Scope
    days: int | None = Field(default=90, ge=1, le=3650, description="Days it lives; null until it is ended.")


class TokenCreated(Schema):
    """A new API token; its secret is in this answer and nowhere else."""

    token: str
    credential: Credential
