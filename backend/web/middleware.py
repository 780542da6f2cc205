"""ASGI middleware in front of every request: allowed hosts, same-origin writes, body size, security headers.

It is plain ASGI because it wraps both the API alone and the dashboard's own app.
"""

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.web.error_handlers import DETAILS, problem_response

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
UPLOAD = re.compile(r"/api/v1/uploads/[0-9a-f]{32}")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
MAX_BODY_BYTES = 1_000_000
"""Most bytes of a request body: the API takes settings, not files; the largest is a few kB."""
API_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the headers that forbid a browser to guess types, to frame a page, to cache it and to load from elsewhere.

    A route may set its own `Cache-Control`, `Content-Security-Policy` or `X-Frame-Options`; the other headers are
    always overwritten.
    """

    def __init__(self, app: ASGIApp, content_policy: str = API_CONTENT_POLICY) -> None:
        self.app = app
        self.content_policy = content_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                framed = headers.get("X-Frame-Options")
                headers.update(SECURITY_HEADERS)
                if framed is not None:
                    headers["X-Frame-Options"] = framed
                headers.setdefault("Content-Security-Policy", self.content_policy)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, with_headers)


class KnownHosts:
    """Answers 400 to a Host header that is not in `hosts`, against DNS rebinding of a local server."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = {host.strip("[]").lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [] if scope["type"] == "lifespan" else Headers(scope=scope).getlist("host")
        if scope["type"] == "lifespan" or (len(hosts) == 1 and host_name(hosts[0]) in self.hosts):
            await self.app(scope, receive, send)
        elif len(hosts) > 1:
            sentence = "The request names more than one host; send one Host header."
            await problem_response(400, "several-hosts", sentence)(scope, receive, send)
        else:
            sentence = "This server does not answer to that host name; add it to RADIOMICLENS_ALLOWED_HOSTS."
            await problem_response(400, "unknown-host", sentence)(scope, receive, send)


class SameOrigin:
    """Answers 403 to a write whose Origin differs from its Host, so that no other site's page can write."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or is_own_origin(Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            sentence = "A page of another site may not write here; use the dashboard's own address."
            await problem_response(403, "foreign-origin", sentence)(scope, receive, send)


class BodyLimit:
    """Answers 413 to a body above `max_bytes`, by its declared length or while it arrives.

    A part of an upload may have `upload_bytes`: it is written to the disk as it comes, and has limits of its own there.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES, upload_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes, self.upload_bytes = max_bytes, upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_part = scope["method"] == "PATCH" and UPLOAD.fullmatch(scope["path"])
        most = self.upload_bytes if is_part else self.max_bytes
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > most:
            await problem_response(413, "too-large", DETAILS[413])(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)


def host_name(header: str) -> str:
    """The host of a Host header in lower case, without its port; empty where it is more or less than that."""
    found = HOST.fullmatch(header.lower())
    return found["name"].strip("[]").rstrip(".") if found else ""


def is_own_origin(headers: Headers, *, required: bool = False) -> bool:
    """Whether a request comes from this server's own pages: its Origin is `http(s)://` and the Host header.

    The scheme is not compared with the request's own: behind a proxy that ends TLS they differ. A request without an
    Origin is a program's and passes, unless one is `required`: browsers send one with every websocket.
    """
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    if origin is None:
        return not required
    scheme, _, place = origin.lower().partition("://")
    return scheme in {"http", "https"} and place == headers.get("host", "").lower()
