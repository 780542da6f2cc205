"""The lock of a data folder: one worker at a time."""

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


@contextmanager
def worker_lock(data_dir: Path) -> Iterator[str]:
    """Hold the worker lock of a data folder and give the folder's worker id; raises `Conflict` when it is taken."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "worker.lock").open("a+") as lock:
        end = monotonic() + LOCK_WAIT_SECONDS
        while not _locked(lock, fcntl.LOCK_EX):
            if monotonic() > end:
                raise Conflict("Another worker runs on this data folder; one is enough.")
            sleep(0.05)
        lock.seek(0)
        owner = lock.read().strip() or secrets.token_hex(8)
        lock.truncate(0)
        lock.write(owner)
        lock.flush()
        yield owner


def worker_runs(data_dir: Path) -> bool:
    """Whether a process holds the worker lock of a data folder."""
    try:
        with (data_dir / "worker.lock").open() as lock:
            return not _locked(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _locked(lock: IO[str], how: int) -> bool:
    """Take the lock if it is free; closing the file releases it."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
