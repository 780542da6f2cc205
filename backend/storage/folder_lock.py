"""The lock of a data folder: one worker at a time."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from backend.errors import Conflict

PLACE_SECONDS = 0.5
"""How long a starting worker waits for somebody who only asks whether one runs."""


@contextmanager
def worker_lock(data_dir: Path) -> Iterator[str]:
    """Holds the data folder's one worker place and gives the folder's worker id; raises `Conflict` when it is taken."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "worker.lock").open("a+") as lock:
        end = monotonic() + PLACE_SECONDS
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
    """Whether some process holds the data folder's worker place; asking takes it from nobody."""
    try:
        with (data_dir / "worker.lock").open() as lock:
            return not _locked(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _locked(lock: IO[str], how: int) -> bool:
    """Takes the lock if it is free; it is let go with the file."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
