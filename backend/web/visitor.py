"""Who a browser is, read from its cookies: a signed-in user, the holder of an opened share link, or nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from backend.access import share_links, tokens
from backend.errors import Damaged, NotFound, NotSignedIn
from backend.storage.database import Database
from shared.cookies import SESSION_COOKIE, SHARE_COOKIE

MAX_LINKS = 20
"""Share links of one browser that are looked at: each costs a read, and a head holds thousands of cookies."""
LOCAL = "local"
"""The one visitor of a server without sign-in."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser with a valid cookie; `key` counts its connections, `signed_in` is False for a share link alone."""

    key: str
    signed_in: bool


def visitor_of(database: Database, cookies: Mapping[str, str], *, auth: bool) -> Visitor | None:
    """The visitor behind these cookies, or None without a valid one; reads little of the database however many come."""
    if not auth:
        return Visitor(LOCAL, signed_in=True)
    with database.read() as session:
        token = cookies.get(SESSION_COOKIE)
        if token:
            try:
                return Visitor(f"user {tokens.user_of(session, token, ('session',)).name}", signed_in=True)
            except NotSignedIn:
                pass
        values = dict.fromkeys(value for name, value in cookies.items() if name.startswith(SHARE_COOKIE))
        for value in islice(values, MAX_LINKS):
            try:
                return Visitor(f"link {share_links.opened_share(session, value).id}", signed_in=False)
            except (NotFound, Damaged):  # a damaged link must not shut out the browser's others
                session.expunge_all()
    return None
