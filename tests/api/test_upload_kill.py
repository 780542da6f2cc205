"""A real server that is killed while a file arrives, and a client that goes on where it stopped."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from backend.access import tokens
from backend.storage.database import Database, upgrade
from shared.calls import uploads as calls
from shared.client import ApiError, Client
from tests.api import server
from tests.browser.site import free_port

MIB = 2**20
SLOW = """
import os, sys, time
from backend.storage import upload_writer
real = os.pwrite
def slow(*given):
    time.sleep(0.03)
    return real(*given)
upload_writer.os.pwrite = slow
from backend.cli.main import main
main()
"""
"""The command line with a disk that is slow to write, so that a kill finds a part half written."""


@contextmanager
def serving(data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    words = ["serve", "--api-only", "--port", str(port), "--data-dir", str(data)]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    try:
        while True:
            assert process.poll() is None
            try:
                httpx.get(f"http://127.0.0.1:{port}/api/v1/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def token(tmp_path: Path) -> str:
    data = tmp_path / "data"
    data.mkdir()
    upgrade(server.settings_of(data))
    database = Database(server.settings_of(data))
    with database.write() as session:
        found = tokens.create_token(session, tokens.get_or_add_user(session, "ann", "researcher"), "api")
    database.close()
    return found


def kill_at(process: subprocess.Popen[bytes], data: Path, size: int) -> threading.Thread:
    """Kills the server once so many bytes lie on its disk."""

    def watch() -> None:
        while sum(part.stat().st_size for part in (data / "uploads").glob("*/part")) < size:
            time.sleep(0.005)
        process.kill()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def test_a_killed_server_loses_nothing_that_it_acknowledged(
    tmp_path: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, port = tmp_path / "data", free_port()
    file = tmp_path / "large.ckpt"
    file.write_bytes(b"\x80\x04" + random.Random(9).randbytes(40_000_000))
    monkeypatch.setattr(calls, "PAUSES_SECONDS", (0.05, 0.05))
    seen: list[int] = []
    for size in (2 * MIB, 11 * MIB, 29 * MIB):  # within the first part of 8 MiB, the second, the fourth
        with serving(data, port) as process, Client(f"http://127.0.0.1:{port}", token) as client:
            killing = kill_at(process, data, size)
            with pytest.raises(ApiError, match="does not answer"):
                client.upload(file, lambda done, _all: seen.append(done))
            killing.join()
    assert seen[-1] == 24 * MIB
    with serving(data, port), Client(f"http://127.0.0.1:{port}", token) as client:
        resumed: list[int] = []
        found = client.upload(file, lambda done, _all: resumed.append(done))
        assert resumed[0] == 24 * MIB
        assert (found.state, found.n_received) == ("ready", file.stat().st_size), found.sentence
        assert len(client.uploads()) == 1
    (stored,) = (data / "uploads").glob("*/file/large.ckpt")
    assert stored.read_bytes() == file.read_bytes()


def test_the_client_says_what_the_server_refuses(tmp_path: Path, token: str) -> None:
    data, port = tmp_path / "data", free_port()
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "odd.bin").write_bytes(bytes(100))
    with serving(data, port), Client(f"http://127.0.0.1:{port}", token) as client:
        with pytest.raises(ApiError, match="empty"):
            client.upload(tmp_path / "empty.csv")
        refused = client.upload(tmp_path / "odd.bin")
        assert (refused.state, "no table" in refused.sentence) == ("refused", True)
        client.remove_upload(refused.id)
        assert client.uploads() == []
        with pytest.raises(ApiError) as error:
            client.upload_state("0" * 32)
        assert error.value.problem.status == 404
        assert client.folders().entries == []
