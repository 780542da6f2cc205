"""The lock of a data folder: one worker at a time, or one worker a place where the database takes several."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from backend.errors import Conflict

LOCK_WAIT_SECONDS = 0.5
"""How long a starting worker waits: `worker_runs` of another process holds the lock for a moment."""


MOST_WORKERS = 64
"""Workers that may share a data folder."""


@contextmanager
def worker_lock(data_dir: Path, places: int = 1) -> Iterator[str]:
    """Hold the first free of a data folder's places for workers and give its worker id; raises `Conflict` without one.

    Who gets a place knows that its last holder is gone, and so takes up that worker's jobs at once.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    end = monotonic() + LOCK_WAIT_SECONDS
    while True:
        for path in _places(data_dir, places):
            with path.open("a+") as lock:
                if _locked(lock, fcntl.LOCK_EX):
                    yield _owner(lock)
                    return
        if monotonic() > end:
            raise Conflict("Another worker runs on this data folder; one is enough.")
        sleep(0.05)


@contextmanager
def without_workers(data_dir: Path) -> Iterator[None]:
    """Hold the first place while no worker has another one; raises `Conflict` where one works on the data folder."""
    with worker_lock(data_dir):
        if any(_taken(path) for path in _places(data_dir, MOST_WORKERS)[1:] if path.exists()):
            raise Conflict("A worker runs on this data folder; stop it first.")
        yield


def _places(data_dir: Path, places: int) -> list[Path]:
    return [data_dir / ("worker.lock" if place == 1 else f"worker-{place}.lock") for place in range(1, places + 1)]


def _owner(lock: IO[str]) -> str:
    lock.seek(0)
    owner = lock.read().strip() or secrets.token_hex(8)
    lock.truncate(0)
    lock.write(owner)
    lock.flush()
    return owner


def worker_runs(data_dir: Path) -> bool:
    """Whether a process holds the lock of one of a data folder's places."""
    return any(_taken(path) for path in _places(data_dir, MOST_WORKERS) if path.exists())


def _taken(path: Path) -> bool:
    with path.open() as lock:
        return not _locked(lock, fcntl.LOCK_SH)


def _locked(lock: IO[str], how: int) -> bool:
    """Take the lock if it is free; closing the file releases it."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
