"""Readers of the API: a keep-alive client that costs little itself, so that many fit beside the server on two cores."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from urllib.parse import urlsplit


class Connection:
    """One HTTP/1.1 connection, opened anew where the server has closed it."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        place = urlsplit(address)
        self._host, self._port = place.hostname or "", place.port or 80
        self._head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of an answer."""
        kind = "Content-Type: application/json\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{self._head}{kind}"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        try:
            return await self._exchange(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self.close()
            return await self._exchange(request)

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=2**20)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
        return int(head.split(" ", 2)[1]), await reader.readexactly(length)

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            with suppress(OSError):
                await self._streams[1].wait_closed()
            self._streams = None


@dataclass
class Seen:
    """Milliseconds of every answer, and those that were none."""

    times: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def reading(address: str, tokens: Sequence[str], paths: Sequence[str], case_id: str, seconds: float) -> Seen:
    """A reader for each token, who reads a random path and thinks for a second, beside one writer of stars."""
    seen = Seen()
    until = perf_counter() + seconds
    readers = [_read(address, token, paths, until, seen, Random(n)) for n, token in enumerate(tokens)]
    await asyncio.gather(*readers, _write(address, tokens[0], case_id, until, seen))
    return seen


async def _read(address: str, token: str, paths: Sequence[str], until: float, seen: Seen, chance: Random) -> None:
    connection = Connection(address, {"Authorization": f"Bearer {token}"})
    await asyncio.sleep(chance.random())
    while perf_counter() < until:
        path = f"/api/v1{chance.choice(paths)}"
        begun = perf_counter()
        try:
            status, _ = await asyncio.wait_for(connection.send("GET", path), 60)
            if status != 200:
                seen.errors.append(f"{status} {path}")
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            seen.errors.append(f"{type(error).__name__} {path}")
            await connection.close()
        seen.times.append(1e3 * (perf_counter() - begun))
        await asyncio.sleep(1)
    await connection.close()


async def _write(address: str, token: str, case_id: str, until: float, seen: Seen) -> None:
    connection = Connection(address, {"Authorization": f"Bearer {token}"})
    while perf_counter() < until:
        begun = perf_counter()
        status, body = await connection.send("POST", "/api/v1/stars", json.dumps({"case_id": case_id}).encode())
        seen.writes.append(1e3 * (perf_counter() - begun))
        if status not in (200, 201):
            seen.errors.append(f"{status} POST /stars")
        else:
            await asyncio.sleep(0.5)
            await connection.send("DELETE", f"/api/v1/stars/{json.loads(body)['id']}")
        await asyncio.sleep(0.5)
    await connection.close()
