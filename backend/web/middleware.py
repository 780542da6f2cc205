"""What every request passes first: known hosts only, no foreign page may write, no body too large; headers on top.

Plain ASGI, so that it stands around the API alone and around dashboard and API together.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.web.error_handlers import problem

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
MAX_BODY_BYTES = 1_000_000
API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the headers that keep a browser from guessing, framing, caching or calling out.

    A route may set its own `Cache-Control` or `Content-Security-Policy`; the rest is forced.
    """

    def __init__(self, app: ASGIApp, content_policy: str = API_POLICY) -> None:
        self.app = app
        self.content_policy = content_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                headers.setdefault("Content-Security-Policy", self.content_policy)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, with_headers)


class KnownHosts:
    """400 for a Host header that is not on the list: a rebound DNS name must not reach a local server."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = {host.strip("[]").lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or host_name(Headers(scope=scope).get("host", "")) in self.hosts:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            sentence = "This server does not answer to that host name; add it to RADIOMICLENS_ALLOWED_HOSTS."
            await problem(400, "unknown-host", sentence)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


class SameOrigin:
    """403 for a write that another site's page sends: its Origin differs from the Host the request came to."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or _is_own(Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            sentence = "A page of another site may not write here; use the dashboard's own address."
            await problem(403, "foreign-origin", sentence)(scope, receive, send)


class BodyLimit:
    """413 for a body above `most` bytes, by its declared length or as it arrives."""

    def __init__(self, app: ASGIApp, most: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > self.most:
            sentence = "The request is larger than this server accepts; send less at once."
            await problem(413, "too-large", sentence)(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self.most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)


def host_name(header: str) -> str:
    """The host of a Host header without its port, lower case; empty where it cannot be read."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_own(headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
