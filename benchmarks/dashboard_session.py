"""One session of the dashboard as a browser holds it: the page, its socket, runs of the script; without a browser.

Fifty browsers would measure Chromium's own work on the same two cores. This speaks Streamlit's protocol alone, so what
it waits for is the server.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from shared.cookies import SESSION_COOKIE

MOST_BYTES = 64 * 2**20


@dataclass
class Run:
    """One run of a page: seconds to the first element and to its end, elements and bytes that came."""

    first: float = 0.0
    whole: float = 0.0
    elements: int = 0
    bytes: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass
class Session:
    """An open socket of the dashboard."""

    socket: ClientConnection
    widgets: Counter[str] = field(default_factory=Counter)

    async def run(self, page: str, query: str = "", *, since: float | None = None) -> Run:
        """Ask for a page and wait until its script has ended; times count from `since`, or from now."""
        begun = perf_counter() if since is None else since
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = page
        asked.rerun_script.context_info.timezone = "UTC"
        await self.socket.send(asked.SerializeToString())
        seen = Run()
        async for data in self.socket:
            assert isinstance(data, bytes)
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            seen.bytes += len(data)
            if kind in ("delta", "ref_hash"):
                seen.elements += 1
                seen.first = seen.first or perf_counter() - begun
                if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                    seen.errors.append(message.delta.new_element.exception.message)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                seen.whole = perf_counter() - begun
                return seen
        raise ConnectionError("the dashboard closed the socket")


@asynccontextmanager
async def opened(address: str, cookies: dict[str, str]) -> AsyncIterator[Session]:
    """A socket of the dashboard at `address`, signed in by `cookies`."""
    place = urlsplit(address)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with connect(
        f"ws://{place.netloc}/_stcore/stream",
        origin=address,  # type: ignore[arg-type] # a NewType of str
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers=headers,
        max_size=MOST_BYTES,
        open_timeout=60,
        ping_interval=None,
    ) as socket:
        yield Session(socket)


def sign_in(login: str) -> dict[str, str]:
    """The cookie that a printed one-time link gives."""
    address, _, token = login.partition("/login#")
    answer = httpx.post(f"{address}/api/v1/session", json={"token": token}, timeout=30)
    answer.raise_for_status()
    return {SESSION_COOKIE: answer.cookies[SESSION_COOKIE]}
