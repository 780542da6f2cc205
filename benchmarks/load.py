"""`python -m benchmarks.load`: many people at once, on tables of 300 patients and 2511 features; writes the figures.

Fifty sessions of the dashboard opened in one moment, 250 readers of the API and a writer, a page while a job computes
on every core, and a soak with 2000 open sockets. Everybody has a sign-in of their own. With `--before REVISION` older
code is measured too, in the same run. `--soak SECONDS` says how long the soak is; 600 is the goal's.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from time import perf_counter

import httpx
import numpy as np
from websockets.exceptions import WebSocketException

from benchmarks.acceptance import ROOT, command, tables
from benchmarks.dashboard import PATIENTS, addresses, checked_out, made_by
from benchmarks.dashboard_session import opened
from benchmarks.interactions import Code
from benchmarks.load_reader import Seen, reading
from benchmarks.load_server import PAGES, Server, Version, running
from benchmarks.page import measured_by, table, write_block

PEOPLE, READERS, SOCKETS, ACTIVE = 50, 250, 2000, 20
SECONDS = 20.0
NAMES = ("--task", "pirads", "--roi", "gland")


async def at_once(server: Server) -> list[str]:
    """Fifty people open Overview in one moment: the frame of the page, its first element, the whole of it."""

    async def one(n: int) -> tuple[float, float, float]:
        begun = perf_counter()
        async with httpx.AsyncClient(cookies=server.cookies(n), timeout=120) as client:
            (await client.get(f"{server.address}/overview")).raise_for_status()
        frame = perf_counter() - begun
        async with opened(server.address, server.cookies(n)) as session:
            run = await session.run("overview", since=begun)
        assert not run.errors, run.errors
        return frame, run.first, run.whole

    before = server.spent()
    times = np.array(await asyncio.gather(*(one(n) for n in range(PEOPLE))))
    spent = server.spent() - before
    return [
        *(f"p50 {np.median(column):.2f} s, p95 {np.percentile(column, 95):.2f} s" for column in times.T),
        f"{1e3 * spent / PEOPLE:.0f} ms",
    ]


async def page_run(server: Server) -> list[str]:
    """What one more run of each page costs the server's processors, in a session that is open."""
    said = []
    async with opened(server.address, server.cookies(0)) as session:
        for page in PAGES:
            await session.run(page)
            before = server.spent()
            for _ in range(20):
                await session.run(page)
            spent = server.spent() - before
            said.append(f"{page} {1e3 * spent / 20:.0f} ms")
    return [", ".join(said)]


def readers(server: Server) -> list[str]:
    """250 readers with a second between two reads, and a writer."""
    headers = {"Authorization": f"Bearer {server.tokens[0]}"}
    with httpx.Client(base_url=f"{server.address}/api/v1", headers=headers, timeout=60) as client:
        paths = addresses(client)
    case = next(path for path in paths if path.startswith("/cases/")).split("/")[2]
    seen: Seen = asyncio.run(reading(server.address, server.tokens[:READERS], paths, case, SECONDS))
    times, writes = np.array(seen.times), np.array(seen.writes)
    rate = len(times) / SECONDS
    return [
        f"p50 {np.median(times):.0f} ms, p95 {np.percentile(times, 95):.0f} ms of {len(times)} ({rate:.0f} a second)",
        f"p95 {np.percentile(writes, 95):.0f} ms of {len(writes)}",
        f"{len(seen.errors)}{'' if not seen.errors else f' ({seen.errors[0]})'}",
    ]


async def looking(server: Server, seconds: float) -> str:
    """p95 of the pages of five people who think for a second."""
    until, times = perf_counter() + seconds, []

    async def one(n: int) -> None:
        async with opened(server.address, server.cookies(n)) as session:
            for page in cycle(PAGES):
                if perf_counter() > until:
                    return
                times.append(1e3 * (await session.run(page)).whole)
                await asyncio.sleep(1)

    await asyncio.gather(*(one(n) for n in range(5)))
    if not times:
        return f"none within {seconds:.0f} s"
    return f"p50 {np.median(times):.0f} ms, p95 {np.percentile(times, 95):.0f} ms"


def beside_a_job(version: Version, server: Server) -> list[str]:
    """The same while an analysis computes with as many threads as there are cores."""
    idle = asyncio.run(looking(server, SECONDS))
    words = ("analyze", "bar", *NAMES, "--seed", "7", "--data-dir", str(version.data))
    subprocess.run(
        [sys.executable, "-m", "backend.cli.main", *words], cwd=version.root, env=version.env, check=True,
        capture_output=True,
    )  # fmt: skip
    return [idle, asyncio.run(looking(server, SECONDS))]


async def soak(server: Server, seconds: float) -> list[str]:
    """2000 open sockets, and twenty people who look, close and open: memory and descriptors at begin and end."""
    async with AsyncExitStack() as stack:
        for n in range(SOCKETS - ACTIVE):
            await stack.enter_async_context(opened(server.address, server.cookies(n)))
        until, chance = perf_counter() + seconds, Random(0)

        async def one(n: int) -> None:
            while perf_counter() < until:
                async with opened(server.address, server.cookies(n)) as session:
                    for _ in range(5):
                        await session.run(chance.choice(PAGES))
                        await asyncio.sleep(2)

        async def watch() -> list[str]:
            await asyncio.sleep(seconds / 5)  # what is read for the first time is kept
            begin = f"{server.memory():.0f} MiB, {server.descriptors()} descriptors"
            await asyncio.sleep(max(until - perf_counter(), 0))
            return [begin, f"{server.memory():.0f} MiB, {server.descriptors()} descriptors"]

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(one(n) for n in range(ACTIVE)))
        found = await watching
    await asyncio.sleep(60)
    return [*found, f"{server.memory():.0f} MiB, {server.descriptors()} descriptors"]


ROWS = (
    (f"{PEOPLE} sessions at once, the frame of the page", "p95 < 3 s"),
    (f"{PEOPLE} sessions at once, the first element of its own", ""),
    (f"{PEOPLE} sessions at once, the whole page", ""),
    ("the server's processors, one of these sessions", ""),
    ("the server's processors, one more run of a page", "< 50 ms"),
    (f"{READERS} readers and a writer, a read", "p95 < 500 ms"),
    (f"{READERS} readers and a writer, a write", ""),
    (f"{READERS} readers and a writer, errors", "0"),
    ("5 people on four pages, a page, the machine idle", ""),
    ("5 people on four pages, a page, while a job computes", "twice the idle p95"),
    (f"{SOCKETS} sockets, after a fifth of the soak", ""),
    (f"{SOCKETS} sockets, at the end of the soak", "flat"),
    ("60 s after all sockets closed", "freed"),
)


def measured(version: Version, soak_seconds: float) -> list[str]:
    """The column of a version; each part has a server of its own."""
    os.environ["RADIOMICLENS_THREADS"] = str(os.cpu_count() or 1)
    parts: list[tuple[Callable[[Server], list[str]], int]] = [
        (lambda server: asyncio.run(at_once(server)), 4),
        (lambda server: asyncio.run(page_run(server)), 1),
        (readers, 3),
        (partial(beside_a_job, version), 2),
    ]
    if soak_seconds > 0:
        parts.append((lambda server: asyncio.run(soak(server, soak_seconds)), 3))
    found = []
    for part, rows in parts:
        with running(version, READERS) as server:
            found += _withstood(part, rows, server)
        print(version.name, found[-rows:], flush=True)
    return [*found, *["not measured"] * (len(ROWS) - len(found))]


def _withstood(part: Callable[[Server], list[str]], rows: int, server: Server) -> list[str]:
    """What a part measured, or how the server failed it."""
    try:
        return part(server)
    except (OSError, httpx.HTTPError, WebSocketException, AssertionError) as error:
        return [f"failed: {type(error).__name__}"] * rows


def main(revision: str | None, soak_seconds: float, processes: int) -> None:
    """Measure, print and write the marked block of the performance page."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    said = measured_by("python -m benchmarks.load")
    with tempfile.TemporaryDirectory() as name, ExitStack() as kept:
        folder = Path(name)
        given = tables(folder, PATIENTS)
        versions: list[Version] = []
        if revision:
            tree = kept.enter_context(checked_out(revision, folder))
            older = made_by(Code(revision, tree, "", {}), folder / "before", given, NAMES)
            versions.append(Version(revision, tree, older))
        data = folder / "now"
        command("import", "tables", "--cohort", "bar", *NAMES, *given, "--data-dir", data)
        command("analyze", "bar", *NAMES, "--wait", "--data-dir", data)
        versions.append(Version("now", ROOT, data))
        versions.append(Version(f"now, {processes} processes", ROOT, data, ("--ui-processes", str(processes))))
        columns = [measured(version, soak_seconds) for version in reversed(versions)][::-1]
    rows = [[work, *values, goal] for (work, goal), values in zip(ROWS, zip(*columns, strict=True), strict=True)]
    block = f"{said}\n\n{table(['work', *(version.name for version in versions), 'goal'], [list(row) for row in rows])}"
    print(block)
    write_block("performance.md", "load", block)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--before", metavar="REVISION", help="measure this older code too, in the same run")
    options.add_argument("--soak", type=float, default=600, metavar="SECONDS", help="0 leaves it out")
    options.add_argument("--processes", type=int, default=2, help="of the dashboard, in the last column")
    asked = options.parse_args()
    main(asked.before, asked.soak, asked.processes)
