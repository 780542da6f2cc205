"""Whether an error says that a disk is full, and whether there is room again."""

import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from backend.errors import DiskFull

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
SAID = ("No space left on device", "Disk quota exceeded")
"""What libraries that wrap the system's error in one of their own say."""


def is_full(error: BaseException) -> bool:
    """Whether an error, or one that led to it, says that a disk or a quota is full."""
    return any(_says_full(each) for each in _chain(error))


def has_room(folder: Path, size: int) -> bool:
    """Whether `size` bytes can be written into a folder now; tried with a file, so that quotas count too."""
    probe = folder / f".room-{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno in NO_SPACE:
            return False
        raise
    finally:
        probe.unlink(missing_ok=True)
    return True


def _says_full(error: BaseException) -> bool:
    if isinstance(error, DiskFull):
        return True
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    return any(said in str(error) for said in SAID)


def _chain(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__
