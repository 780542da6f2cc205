"""The gate before the dashboard: nothing of Streamlit runs for a browser that is not signed in.

Streamlit itself accepts any page of the same host, holds a session for whoever connects, and keeps uploads of strangers
in memory. So every websocket must come from the dashboard's own origin, everything under `/_stcore/` needs a valid
cookie, and a page opened without one is the plain sign-in page (no script of Streamlit).
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from backend.access.tokens import SIGN_IN_FIRST
from backend.web.error_handlers import DETAILS, problem_response
from backend.web.middleware import is_own_origin
from backend.web.visitor import Visitor

FILES = ("/static/", "/entrance/")
"""Where files without content of anybody lie: Streamlit's scripts and fonts, and the entrance pages' own."""
PARTS_OF_PAGES = ("/_stcore/", "/media/", "/component/")
"""What a page loads once it is open."""
UPLOADS = "/_stcore/upload_file"
RECHECK_SECONDS = 5.0
"""A message over a socket that was checked longer ago has its cookie checked again."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How many dashboard sockets may be open at once: of one visitor, of one address, in all."""

    per_visitor: int
    per_address: int
    in_all: int


class DashboardGate:
    """Lets signed-in browsers through to the dashboard.

    Args:
        app: the dashboard.
        who: the visitor behind a connection, None for nobody; may read the database.
        entrance: the response to a page opened without signing in.
        used: told who does something in a page, now and then.
        open_paths: what everybody may ask for; Streamlit's files are answered before the gate.
        limits: of open sockets.
    """

    def __init__(
        self,
        app: ASGIApp,
        who: Callable[[HTTPConnection], Visitor | None],
        entrance: Callable[[], Response],
        used: Callable[[Visitor], None],
        open_paths: Collection[str],
        limits: SocketLimits,
    ) -> None:
        self.open_paths, self.used = open_paths, used
        self.app, self.who, self.entrance, self.limits = app, who, entrance, limits
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] != "http" or scope["path"] in self.open_paths:
            await self.app(scope, receive, send)
        elif scope["path"].startswith(FILES):  # Streamlit would answer with its index page
            await problem_response(404, "http-404", DETAILS[404])(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor, path = await self._visitor(scope), scope["path"]
        part = path.startswith(PARTS_OF_PAGES)
        if visitor is None and (part or scope["method"] not in ("GET", "HEAD")):
            await problem_response(401, "not-signed-in", SIGN_IN_FIRST)(scope, receive, send)
        elif visitor is None:
            await self.entrance()(scope, receive, send)
        elif path.startswith(UPLOADS):
            sentence = "The dashboard takes no files at this address; import them on the Run page."
            await problem_response(403, "no-uploads-here", sentence)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_own_origin(HTTPConnection(scope).headers, required=True):
            sentence = "A page of another address may not connect here; use the dashboard's own address."
            await problem_response(403, "foreign-origin", sentence)(scope, receive, send)
            return
        visitor = await self._visitor(scope)
        if visitor is None:
            await problem_response(401, "not-signed-in", SIGN_IN_FIRST)(scope, receive, send)
            return
        keys = (visitor.key, f"address {(scope.get('client') or ('', 0))[0]}", "all")
        most = (self.limits.per_visitor, self.limits.per_address, self.limits.in_all)
        if any(self._open[key] >= limit for key, limit in zip(keys, most, strict=True)):
            sentence = "Too many pages of the dashboard are open; close some and load this one again."
            await problem_response(429, "too-many-pages", sentence)(scope, receive, send)
            return
        self._open.update(keys)
        try:
            await self.app(scope, self._checked(scope, receive, send, visitor), send)
        finally:
            self._open.subtract(keys)
            self._open += Counter()  # drops the keys that are back at zero

    def _checked(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor) -> Receive:
        """`receive` that closes the socket once its cookie is no longer valid."""
        checked = monotonic()

        async def next_message() -> Message:
            nonlocal checked
            message = await receive()
            if message["type"] == "websocket.receive" and monotonic() - checked > RECHECK_SECONDS:
                checked = monotonic()
                if await self._visitor(scope) != visitor:
                    await send({"type": "websocket.close", "code": 1008, "reason": "signed out"})
                    return {"type": "websocket.disconnect", "code": 1008}
            if message["type"] == "websocket.receive" and not renews_itself(message.get("bytes") or b""):
                self.used(visitor)
            return message

        return next_message

    async def _visitor(self, scope: Scope) -> Visitor | None:
        return await run_in_threadpool(self.who, HTTPConnection(scope))


def renews_itself(message: bytes) -> bool:
    """Whether a message of the dashboard's page comes from its own clock and not from a hand."""
    try:
        return bool(BackMsg.FromString(message).rerun_script.is_auto_rerun)
    except Exception:  # protobuf's own, for what is no message of the dashboard
        return False
