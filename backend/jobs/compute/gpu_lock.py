"""The GPU of this machine: jobs compute on it one at a time, whichever lane and data folder they are of.

The claim lets one training job of a data folder run; but an analysis embeds what is missing beside it, and another
folder has a worker of its own. Together they would run out of the GPU's memory.
"""

import fcntl
import gc
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from backend.jobs.context import JobContext


@contextmanager
def device_lane(context: JobContext) -> Iterator[None]:
    """Waits until no other job of this user computes on the GPU; on a CPU there is nothing to wait for.

    The kernel releases the lock when the job's process ends, however it ends. At the end torch's memory is freed.
    """
    name = gpu()
    if name is None:
        yield
        return
    with place(name).open("a") as lock:
        if not taken(lock):
            context.log("Another job computes on this machine's GPU; this one waits for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            free()


def gpu() -> str | None:
    """What identifies the GPU that this process would use; None where it would use the CPU."""
    import torch

    if not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_properties(0).uuid)


def place(name: str) -> Path:
    """The lock file of a GPU, in a folder only this user can write to."""
    folder = Path(tempfile.gettempdir()) / f"radiomiclens-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"gpu-{name}.lock"


def taken(lock: IO[str]) -> bool:
    """Takes the place if it is free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def free() -> None:
    """Gives back what a training left on the GPU: its optimiser and scheduler hold each other until collected."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()
