"""People whom a trusted proxy has signed in: its header counts from its own address, and from nowhere else.

The middleware stands before everything, also before the one that believes X-Forwarded-For, so it sees who is really
connected. It takes the headers out of every request. What a trusted proxy said goes on in the scope, under a key that
no request can set: an application without this middleware so knows nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.access import identities
from backend.errors import NotSignedIn
from backend.settings import Settings
from backend.web.connection_limit import network

KEY = "radiomiclens.proxy_user"
LONGEST = 255
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class ProxyUser:
    """Whom a trusted proxy names."""

    name: str
    groups: frozenset[str] = frozenset()


class ProxyUsers:
    """Takes the proxy's headers out of requests, and notes what a trusted one said."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.user_header = settings.proxy_user_header.lower().encode()
        self.groups_header = settings.proxy_groups_header.lower().encode()
        self.networks = [found for each in settings.trusted_proxies if (found := network(each)) is not None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            said = scope["headers"]
            ours = {self.user_header, self.groups_header}
            scope = {**scope, "headers": [(name, value) for name, value in said if _plain(name) not in ours]}
            scope.pop(KEY, None)
            user = self._user(said) if self._is_proxy(scope) else None
            if user is not None:
                scope[KEY] = user
        await self.app(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        try:
            address = ip_address((scope.get("client") or ("", 0))[0])
        except ValueError:
            return False
        return any(address in each for each in self.networks)

    def _user(self, headers: Sequence[tuple[bytes, bytes]]) -> ProxyUser | None:
        """Whom the headers name; nobody where a name stands there twice, or is none."""
        names = [value for name, value in headers if name == self.user_header]
        if len(names) != 1 or len(names[0]) > LONGEST:
            return None
        try:
            name = names[0].decode().strip()
            groups = ",".join(value.decode() for name, value in headers if name == self.groups_header)
        except UnicodeDecodeError:
            return None
        if not name or not name.isprintable():
            return None
        listed = [group.strip() for group in groups.split(",") if group.strip()] if self.groups_header else []
        return ProxyUser(name, frozenset(listed[:MOST_GROUPS]))


def behind_proxies(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as it stands behind the trusted proxies: with the visitors' own addresses, and who they are."""
    if not settings.trusted_proxies:
        return app
    believing: Any = ProxyHeadersMiddleware  # typed for uvicorn's own scopes
    seen: ASGIApp = believing(app, trusted_hosts=settings.trusted_proxies)
    return ProxyUsers(seen, settings) if settings.proxy_user_header else seen


def proxy_user(scope: Scope) -> ProxyUser | None:
    """Whom a trusted proxy named with this request, or None."""
    found = scope.get(KEY)
    return found if isinstance(found, ProxyUser) else None


def refuse_other_person(session: Session, scope: Scope, user_id: str) -> None:
    """Raises `NotSignedIn` where a trusted proxy names somebody else than the user whose session this is.

    So nobody goes on with the cookie that another person left in a browser.
    """
    named = proxy_user(scope)
    if named is not None and not identities.is_still(session, user_id, named.name):
        raise NotSignedIn("This session belongs to somebody else than the person whom the proxy names; sign in again.")


def _plain(name: bytes) -> bytes:
    """A header's name as servers of CGI would read it: X_Remote_User is taken for X-Remote-User there."""
    return name.lower().replace(b"_", b"-")
