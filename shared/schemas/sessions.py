"""Who is asking."""

from pydantic import Field

from shared.schemas.base import Role, Schema


class Me(Schema):
    """Who is asking."""

    name: str
    role: Role


class SignIn(Schema):
    """A one-time login token, swapped for a session cookie."""

    token: str = Field(min_length=16, max_length=200)
