"""The dashboard in processes of its own: a browser stays with one of them, and one that is killed comes back."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from backend.web.dashboard_processes import PROCESS_COOKIE
from benchmarks.dashboard_session import Run, opened
from tests.browser.site import SECONDS_TO_START, free_port
from tests.own_loop import finished

SECONDS_TO_LOAD = 60


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A server with two processes of the dashboard, without worker and sign-in."""
    port = free_port()
    words = ("serve", "--port", str(port), "--data-dir", str(folder), "--no-auth", "--no-worker", "--ui-processes", "2")
    process = subprocess.Popen([sys.executable, "-m", "backend.cli.main", *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        until = time.monotonic() + SECONDS_TO_START
        while "is at" not in process.stdout.readline():
            assert process.poll() is None
            assert time.monotonic() < until
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        children = psutil.Process(process.pid).children()
        process.terminate()
        assert process.wait(30) == 0
        _, left = psutil.wait_procs(children, 10)
        assert process.stdout is not None
        process.stdout.close()
        assert left == []


def dashboards(server: psutil.Process) -> set[int]:
    return {each.pid for each in server.children() if "backend.cli.ui" in each.cmdline()}


async def run_of(address: str, number: int) -> Run:
    async with opened(address, {PROCESS_COOKIE: str(number)}) as session:
        return await asyncio.wait_for(session.run("jobs"), SECONDS_TO_LOAD)


def test_pages_live_in_processes_that_come_back(tmp_path: Path) -> None:
    with served(tmp_path) as (address, server):
        page = httpx.get(f"{address}/jobs")
        named = page.cookies[PROCESS_COOKIE]
        assert named in ("0", "1")
        cookie = page.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        again = httpx.get(f"{address}/jobs", cookies={PROCESS_COOKIE: "1"})
        assert again.cookies[PROCESS_COOKIE] == "1"  # a browser stays with its process
        assert httpx.get(f"{address}/jobs", cookies={PROCESS_COOKIE: "7; x"}).cookies[PROCESS_COOKIE] in ("0", "1")
        for number in (0, 1):
            run = finished(run_of(address, number))
            assert (run.errors, run.elements > 5) == ([], True)
        health = httpx.get(f"{address}/_stcore/health", cookies={PROCESS_COOKIE: "1"})
        assert (health.status_code, health.text) == (200, "ok")
        before = dashboards(server)
        assert len(before) == 2
        for pid in before:
            os.kill(pid, 9)
        run = finished(run_of(address, 0))  # waits for the next process at the same socket
        assert (run.errors, run.elements > 5) == ([], True)
        assert not dashboards(server) & before
