"""Who a browser of the dashboard is, read from its cookies: a signed-in user, or nobody."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from backend.access import tokens
from backend.errors import NotSignedIn
from backend.storage.database import Database
from backend.web.proxy_user import refuse_other_person
from shared.cookies import SESSION_COOKIE

LOCAL = "local"
"""The one visitor of a server without sign-in."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser with a valid cookie; `key` counts its connections, `token_id` is the row of its session."""

    key: str
    token_id: str = ""


def visitor_of(database: Database, connection: HTTPConnection, *, auth: bool) -> Visitor | None:
    """The visitor behind a connection's cookie, or None; a share link opens nothing of the dashboard."""
    if not auth:
        return Visitor(LOCAL)
    token = connection.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    with database.read() as session:
        try:
            row = tokens.valid_token(session, token, ("session",))
            refuse_other_person(session, connection.scope, row.user_id)
            return Visitor(f"user {row.user.name}", row.id)
        except NotSignedIn:
            return None
