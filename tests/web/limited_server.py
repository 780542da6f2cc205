"""A real server with the limits of a connection, and a visitor who speaks to its socket."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from backend.web.connection_limit import ConnectionLimit
from backend.web.http_limits import LimitedHttp

LARGE = 8_000_000
SLOW_SECONDS = 1.5


async def echo(request: Request) -> PlainTextResponse:
    size = len(await request.body())
    trailer = request.headers.get("x-trailer", "")
    return PlainTextResponse(f"{size}|{trailer}")


async def large(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("a" * LARGE)


async def slow(_request: Request) -> PlainTextResponse:
    await asyncio.sleep(SLOW_SECONDS)
    return PlainTextResponse("slow but whole")


@contextmanager
def serving(limit: ConnectionLimit | None = None, log_level: str = "critical") -> Iterator[int]:
    """The port of a server that runs while the block does."""
    routes = [Route("/", echo, methods=["GET", "POST"]), Route("/large", large), Route("/slow", slow)]
    config = uvicorn.Config(
        Starlette(routes=routes),
        http=partial(LimitedHttp, limit or ConnectionLimit(1000, 1000)),  # type: ignore[arg-type] # called as a class
        log_level=log_level,
        log_config=None,
        lifespan="off",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([bound],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()


def connected(port: int, address: str = "127.0.0.1") -> socket.socket:
    """A connection from an address of this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))


def answer(connection: socket.socket) -> bytes:
    """All that comes until the end."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def status(text: bytes) -> int:
    """The status of the first answer in `text`."""
    return int(text.split(b" ")[1])
