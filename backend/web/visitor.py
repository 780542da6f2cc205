"""Who a browser of the dashboard is, read from its cookies: a signed-in user, or nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.access import tokens
from backend.errors import NotSignedIn
from backend.storage.database import Database
from shared.cookies import SESSION_COOKIE

LOCAL = "local"
"""The one visitor of a server without sign-in."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser with a valid cookie; `key` counts its connections, `token_id` is the row of its session."""

    key: str
    token_id: str = ""


def visitor_of(database: Database, cookies: Mapping[str, str], *, auth: bool) -> Visitor | None:
    """The visitor behind these cookies, or None without a valid one; a share link opens nothing of the dashboard."""
    if not auth:
        return Visitor(LOCAL)
    token = cookies.get(SESSION_COOKIE)
    if not token:
        return None
    with database.read() as session:
        try:
            row = tokens.valid_token(session, token, ("session",))
            return Visitor(f"user {row.user.name}", row.id)
        except NotSignedIn:
            return None
