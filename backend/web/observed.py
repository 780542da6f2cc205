"""Middleware around every request: its id, how long its answer took to begin, and its line in the log.

The id is in the answer as `X-Request-ID` and in every line of a JSON log. Only the template of a route is kept
(`/jobs/{job_id}`), no address: addresses name cases, and anybody can make up new ones.
"""

import logging
import re
import secrets
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.operations.counted import Counted
from backend.operations.line_context import about_request

log = logging.getLogger("radiomiclens.requests")
HEADER = "X-Request-ID"
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
DASHBOARD = "dashboard"
UNKNOWN = "unknown"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Observed:
    """Observes requests of an application.

    Args:
        app: the application.
        figures: what is counted.
        route: the name that all its requests are counted under; the template of their route unless told.
    """

    def __init__(self, app: ASGIApp, figures: Counted, route: str | None = None) -> None:
        self.app, self.figures, self.route = app, figures, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            with self.figures.open_page():
                await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, known, answered = perf_counter(), request_id_of(scope), False

        async def watch(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start" and not answered:
                answered = True
                MutableHeaders(scope=message)[HEADER] = known
                self._count(scope, message["status"], perf_counter() - begun)
            await send(message)

        with about_request(known):
            await self.app(scope, receive, watch)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else UNKNOWN
        route = self.route or str(getattr(scope.get("route"), "path", UNKNOWN))
        self.figures.answered(method, route, status, seconds)
        said = {"method": method, "route": route, "status": status, "ms": round(1000 * seconds, 1)}
        log.info("%s %s %d", method, route, status, extra=said)


def request_id_of(scope: Scope) -> str:
    """The id that a proxy gave the request, where it is a plain one; else a new one.

    Whoever asks may choose it: it finds lines in a log, and nothing is decided by it.
    """
    given = Headers(scope=scope).get(HEADER, "")
    return given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
