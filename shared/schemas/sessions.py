"""Who is asking, and the ways to sign in."""

from pydantic import Field

from shared.schemas.base import Role, Schema


class Me(Schema):
    """Who is asking, and what this sign-in may do: less than its user where its token has a narrower scope."""

    name: str
    role: Role


class Caller(Me):
    """Who is asking, and what there is for them to see: the same `view`, the same answers to the same reads."""

    view: str


class SignIn(Schema):
    """A one-time login token, swapped for a session cookie."""

    token: str = Field(min_length=16, max_length=200)


class PasswordSignIn(Schema):
    """A user's name and password, swapped for a session cookie."""

    name: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)


class InvitationUse(Schema):
    """An invitation and the password that its user chose; swapped for a session cookie."""

    token: str = Field(min_length=16, max_length=200)
    password: str = Field(min_length=1, max_length=200)


class SignInWays(Schema):
    """How one can sign in here beside one-time links."""

    password: bool = Field(description="Whether any user has a password.")
    oidc: str = Field(default="", description="The institution that people can sign in with; empty without one.")
    proxy: str = Field(default="", description="Whom a trusted proxy names with this request; empty for nobody.")
