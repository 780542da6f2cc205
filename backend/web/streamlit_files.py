"""Streamlit's scripts, styles and fonts, served from memory and compressed once.

A first visit asks for a hundred of them before anything is drawn. Streamlit itself reads each from disk in pieces, one
change of thread a piece, and sends it uncompressed; `docs/performance.md` gives the cost. A file's name carries a hash
of its content, so an answer stays valid as long as the process lives.
"""

import asyncio
import gzip
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.web.conditional_requests import takes_gzip

COMPRESSED = (".css", ".js", ".json", ".svg")
CACHE_HEADERS = {"Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}


class StreamlitFiles:
    """A cache of the files of `folder` as responses, read and compressed at the first request.

    It never holds more than the files that `folder` had at the start.
    """

    def __init__(self, folder: Path) -> None:
        self.files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self.responses: dict[tuple[str, bool], Response] = {}

    def prepare(self, page: str) -> None:
        """Read every file that `page` (HTML) names into the cache, before the first visitor asks for it."""
        for name in self.files:
            if name in page:
                self.answer(name, gzipped=True)

    def answer(self, name: str, *, gzipped: bool) -> Response:
        """The whole file, gzipped if `gzipped` and smaller so; raises KeyError for an unknown name."""
        if (name, gzipped) in self.responses:
            return self.responses[name, gzipped]
        path = self.files[name]
        body = path.read_bytes()
        headers = dict(CACHE_HEADERS)
        if gzipped and path.suffix in COMPRESSED and len(small := gzip.compress(body, 6, mtime=0)) < len(body):
            body, headers["Content-Encoding"] = small, "gzip"
        response = self.responses[name, gzipped] = Response(body, media_type=guess_type(name)[0], headers=headers)
        return response


class StreamlitFilesMiddleware:
    """Middleware: answers GET and HEAD of `prefix` + the name of one of `files`; the rest goes to `app`."""

    def __init__(self, app: ASGIApp, files: StreamlitFiles, prefix: str) -> None:
        self.app, self.files, self.prefix = app, files, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(self.prefix) if scope["type"] == "http" else ""
        if name not in self.files.files or scope["method"] not in {"GET", "HEAD"} or name == scope["path"]:
            await self.app(scope, receive, send)
            return
        gzipped = takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        response = self.files.responses.get((name, gzipped))
        if response is None:
            response = await asyncio.to_thread(self.files.answer, name, gzipped=gzipped)
        await response(scope, receive, send)
