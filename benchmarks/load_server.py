"""Servers to be loaded: a version of the code on its own data, with a sign-in for each of many people."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.dashboard_session import opened
from shared.cookies import SESSION_COOKIE
from tests.browser.site import free_port

PAGES = ("overview", "shifts", "groups", "cases")
TOKENS = """
import json, sys
from pathlib import Path
from backend.access import tokens
from backend.settings import Settings
from backend.storage.database import open_database
with open_database(Settings(data_dir=Path(sys.argv[1]))) as database, database.write() as session:
    made = []
    for n in range(int(sys.argv[2])):
        user = tokens.get_or_add_user(session, f"person {n}", "viewer")
        made.append(tokens.create_token(session, user, "session"))
print(json.dumps(made))
"""


@dataclass(frozen=True)
class Version:
    """Code in a folder, the data it made, and options of its `serve`."""

    name: str
    root: Path
    data: Path
    options: tuple[str, ...] = ()

    @property
    def env(self) -> dict[str, str]:
        """The environment of its processes."""
        wide = {"RADIOMICLENS_SOCKETS_PER_ADDRESS": "5000", "RADIOMICLENS_SOCKETS": "5000"}
        return os.environ | wide | {"PYTHONPATH": str(self.root), "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True)
class Server:
    """A running server with a sign-in for each person."""

    address: str
    process: psutil.Process
    tokens: list[str]

    def cookies(self, n: int) -> dict[str, str]:
        """Of the browser of one person; browsers are given out evenly where the dashboard has several processes."""
        return {SESSION_COOKIE: self.tokens[n % len(self.tokens)], "radiomiclens_ui": str(n % 2)}

    def serving(self) -> list[psutil.Process]:
        """Its processes without the worker and its jobs."""
        children = [each for each in self.process.children() if "backend.cli.ui" in each.cmdline()]
        return [self.process, *children]

    def spent(self) -> float:
        """Seconds that their processors have worked."""
        return float(sum(sum(each.cpu_times()[:2]) for each in self.serving()))

    def memory(self) -> float:
        """MiB of them."""
        return float(sum(each.memory_info().rss for each in self.serving()) / 2**20)

    def descriptors(self) -> int:
        """Open files and sockets of them."""
        return sum(each.num_fds() for each in self.serving())


@contextmanager
def running(version: Version, people: int) -> Iterator[Server]:
    """The server of a version on its data, with its worker."""
    port = free_port()
    made = subprocess.run(
        [sys.executable, "-c", TOKENS, str(version.data), str(people)],
        cwd=version.root, env=version.env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    words = ("serve", "--port", str(port), "--data-dir", str(version.data), *version.options)
    process = subprocess.Popen(
        [sys.executable, "-m", "backend.cli.main", *words], cwd=version.root, env=version.env, stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        asyncio.run(_ready(address))
        server = Server(address, psutil.Process(process.pid), json.loads(made.stdout))
        asyncio.run(_one_page(server))
        yield server
    finally:
        process.terminate()
        process.wait(30)


async def _ready(address: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            try:
                if (await client.get(f"{address}/api/v1/healthz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError("the server did not start")


async def _one_page(server: Server) -> None:
    """Somebody has looked at every page since the server started, in every process."""
    await asyncio.sleep(5)
    for n in (0, 1):
        async with opened(server.address, server.cookies(n)) as session:
            for page in PAGES:
                await session.run(page)
