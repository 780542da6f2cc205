"""A PostgreSQL server of the tests' own: a new cluster on a socket in a temporary folder, gone when its block ends."""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

USER = "lens"
SYSTEM_USER = "postgres"
"""The account that Debian's package makes: the server refuses to run as root."""
QUICK = {  # what a crash of the machine would cost is nothing here
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "300",
    "listen_addresses": "",
    "timezone": "UTC",
}
SECONDS_TO_START = 30.0
MEMORY = Path("/dev/shm")
OTHER_SORTING = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
"""The databases sort by the rules of a language, as most servers do: what must not count on that fails here."""


def programs() -> Path | None:
    """Where the newest PostgreSQL server's programs are; None without one."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *Path("/usr/bin").glob("initdb")]
    return max((path.parent for path in found), key=lambda path: path.parent.name, default=None)


@dataclass(frozen=True)
class Cluster:
    """A running server.

    Attributes:
        folder: of its socket.
    """

    folder: Path

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template0") -> str:
        """Makes a database, empty or a copy of another that nobody uses, and gives its URL."""
        sorting = f"ENCODING 'UTF8' {OTHER_SORTING}" if template == "template0" else "STRATEGY file_copy"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {sorting}')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Removes a database, whoever uses it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Runs a statement as the owner of the cluster; gives its rows."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user=USER, dbname=database, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


@contextmanager
def started(**settings: str) -> Iterator[Cluster]:
    """A new cluster; skips the test where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql): its tests are left out")
    folder = Path(tempfile.mkdtemp(prefix="lens-pg-", dir=_in_memory()))
    if os.geteuid() == 0:
        shutil.chown(folder, SYSTEM_USER)
    try:
        _run(
            [
                found / "initdb",
                "-D",
                folder / "data",
                "--no-sync",
                "-A",
                "trust",
                "-U",
                USER,
                "-E",
                "UTF8",
                "--locale=C",
            ]
        )
        with _server(found, folder, QUICK | settings):
            yield Cluster(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> Path | None:
    """A folder in memory where there is one with room: a database is then made in 70 ms, not in 1.4 s."""
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 * 2**30 else None


@contextmanager
def _server(found: Path, folder: Path, settings: dict[str, str]) -> Iterator[None]:
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    process = start(found, folder, options)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS_TO_START)


def start(found: Path, folder: Path, options: list[str]) -> "subprocess.Popen[bytes]":
    """Starts the server of a cluster's folder and waits until it answers."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [found / "postgres", "-D", folder / "data", "-k", folder, *options],
            stdout=log,
            stderr=log,
            preexec_fn=_end_with_parent,
            **_as_server(),
        )
    _wait(Cluster(folder), process, folder / "log")
    return process


def _wait(cluster: Cluster, process: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg

    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            cluster.execute("SELECT 1")
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        else:
            return


def _run(words: list[Any]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", **_as_server())
    assert done.returncode == 0, done.stderr


def _as_server() -> dict[str, Any]:
    return {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []} if os.geteuid() == 0 else {}


def _end_with_parent() -> None:
    """The server stops when the tests are killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
