"""The dashboard's scripts, styles and fonts, answered from memory and compressed once.

A first visit asks for a hundred of them before anything is drawn. Streamlit reads each from disk in pieces, with a
change of thread for every piece, and sends it as it lies there; `docs/performance.md` says what that costs. Their names
carry a hash of their content, so an answer stays right for as long as the process lives.
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
FOREVER = {"Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}


class StreamlitFiles:
    """The files of `folder` as answers, each read, and compressed where that makes it smaller, when first asked for.

    No more than the files that `folder` had at the start are ever kept.
    """

    def __init__(self, folder: Path) -> None:
        self.files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self.kept: dict[tuple[str, bool], Response] = {}

    def prepare(self, page: str) -> None:
        """Keeps every file that `page`, a text of HTML, names, so that the first visitor does not wait for it."""
        for name in self.files:
            if name in page:
                self.answer(name, packed=True)

    def answer(self, name: str, *, packed: bool) -> Response:
        """The whole file, for a client that can unpack gzip or for one that cannot. KeyError where there is none."""
        if (name, packed) in self.kept:
            return self.kept[name, packed]
        path = self.files[name]
        body = path.read_bytes()
        headers = dict(FOREVER)
        if packed and path.suffix in COMPRESSED and len(small := gzip.compress(body, 6, mtime=0)) < len(body):
            body, headers["Content-Encoding"] = small, "gzip"
        kept = self.kept[name, packed] = Response(body, media_type=guess_type(name)[0], headers=headers)
        return kept


class StreamlitFilesMiddleware:
    """Answers GET and HEAD of `prefix` plus the name of one of `files`; everything else goes to `app`."""

    def __init__(self, app: ASGIApp, files: StreamlitFiles, prefix: str) -> None:
        self.app, self.files, self.prefix = app, files, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(self.prefix) if scope["type"] == "http" else ""
        if name not in self.files.files or scope["method"] not in {"GET", "HEAD"} or name == scope["path"]:
            await self.app(scope, receive, send)
            return
        packed = takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        kept = self.files.kept.get((name, packed))
        if kept is None:
            kept = await asyncio.to_thread(self.files.answer, name, packed=packed)
        await kept(scope, receive, send)
