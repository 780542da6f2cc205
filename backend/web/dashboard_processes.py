"""Hands the dashboard's sockets and files to one of several processes, the same one for the same browser.

A page of the dashboard lives in the process that its socket ends in: its pictures and downloads are there, too. So a
cookie names the process of a browser. It is no secret and opens nothing: the gate before this has let the browser in.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from backend.web.error_handlers import problem_response

PROCESS_COOKIE = "radiomiclens_ui"
SECONDS_TO_CONNECT = 30.0
"""A process that has just started loads for some seconds."""
NOT_HANDED_ON = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "proxy-authorization"}
OF_THE_SOCKET = ("cookie", "user-agent", "accept-language")
GOING_AWAY = 1001
NOT_THERE = "The dashboard does not answer at the moment; load the page again in some seconds."


class DashboardProcesses:
    """An ASGI application that asks the dashboard processes behind these sockets."""

    def __init__(self, sockets: Sequence[Path]) -> None:
        self.sockets = list(sockets)
        self.open = [0] * len(self.sockets)
        self._clients: list[httpx.AsyncClient] = []

    def start(self) -> None:
        """Open a client for each process; to be called in the server's event loop."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        timeout = httpx.Timeout(SECONDS_TO_CONNECT, pool=None)
        self._clients = [
            httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(path), limits=limits), trust_env=False, timeout=timeout
            )
            for path in self.sockets
        ]

    async def stop(self) -> None:
        """Close the clients."""
        for client in self._clients:
            await client.aclose()

    def choose(self, connection: HTTPConnection) -> int:
        """The process of a browser by its cookie, or the one with the fewest open pages."""
        named = connection.cookies.get(PROCESS_COOKIE, "")
        if named.isdecimal() and int(named[:4]) < len(self.sockets):
            return int(named[:4])
        return min(range(len(self.sockets)), key=lambda n: self.open[n])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            answer = await self._answer(Request(scope, receive))
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        client = self._clients[self.choose(request)]
        query = request.url.query
        sent = [(name, value) for name, value in request.headers.items() if name not in NOT_HANDED_ON]
        asked = client.build_request(
            request.method,
            httpx.URL("http://dashboard", raw_path=f"{_raw(request.scope)}{'?' if query else ''}{query}".encode()),
            headers=sent,
            content=await request.body(),
        )
        try:
            found = await client.send(asked, stream=True)
        except httpx.TransportError:
            return problem_response(503, "no-dashboard", NOT_THERE)
        answer = StreamingResponse(found.aiter_raw(), found.status_code)
        told = [each for each in found.headers.raw if each[0].lower().decode() not in NOT_HANDED_ON]
        answer.raw_headers = [(name.lower(), value) for name, value in told]
        answer.background = BackgroundTask(found.aclose)
        return answer

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # the browser's request to connect
        number = self.choose(HTTPConnection(scope))
        self.open[number] += 1
        try:
            async with _connected(self.sockets[number], scope) as there:
                await send({"type": "websocket.accept", "subprotocol": there.subprotocol})
                await _exchange(there, receive, send)
        except (OSError, TimeoutError, WebSocketException):
            await problem_response(503, "no-dashboard", NOT_THERE)(scope, receive, send)
        finally:
            self.open[number] -= 1


def _raw(scope: Scope) -> str:
    return bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]


def _connected(path: Path, scope: Scope) -> connect:
    headers = Headers(scope=scope)
    query = scope["query_string"].decode("latin-1")
    origin = headers.get("origin")
    return unix_connect(
        str(path),
        f"ws://{headers['host']}{_raw(scope)}{'?' if query else ''}{query}",
        origin=None if origin is None else Origin(origin),
        subprotocols=[Subprotocol(name) for name in scope.get("subprotocols", [])] or None,
        additional_headers={name: headers[name] for name in OF_THE_SOCKET if name in headers},
        user_agent_header=None,
        compression=None,
        ping_interval=None,
        max_size=None,
        open_timeout=SECONDS_TO_CONNECT,
        proxy=None,
    )


async def _exchange(there: ClientConnection, receive: Receive, send: Send) -> None:
    """Hand messages on in both ways until one side closes."""

    async def from_browser() -> None:
        while (message := await receive())["type"] == "websocket.receive":
            await there.send(message.get("bytes") or message.get("text") or b"")

    async def from_process() -> None:
        async for data in there:
            kind = "text" if isinstance(data, str) else "bytes"
            await send({"type": "websocket.send", kind: data})
        await send(
            {"type": "websocket.close", "code": there.close_code or GOING_AWAY, "reason": there.close_reason or ""}
        )

    tasks = [asyncio.create_task(each()) for each in (from_browser, from_process)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError, OSError, WebSocketException, RuntimeError):
        await asyncio.gather(*tasks)
