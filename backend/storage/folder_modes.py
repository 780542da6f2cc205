"""What this program makes is for its owner alone; a wider data folder from before is closed when a server starts."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from backend.errors import BadSettings
from backend.storage.disk_space import is_full

PRIVATE_UMASK = 0o077
OWN_NAMES = (
    *("radiomiclens.sqlite", "files", "uploads", "logs", "locks", "worker.lock", "worker-", "pseudonyms.key"),
    "signing.key",
)
"""What this program puts into a data folder; SQLite's own files begin with the first."""
DATA_NAMES = ("radiomiclens.sqlite", "files", "pseudonyms.key")
"""What of it cannot be made again; SQLite's journals belong to it, for they change the database that is opened next."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_private() -> None:
    """Sets the umask of this process and of its children: new files 0600, new folders 0700."""
    os.umask(PRIVATE_UMASK)


def refuse_unwritable(data_dir: Path) -> None:
    """Makes the data folder where there is none. Raises BadSettings, with who owns it, where this account may not."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=data_dir):
            return
    except OSError as error:
        if is_full(error):
            return  # readers need no room
        raise BadSettings(
            f"The data folder cannot be written ({os.strerror(error.errno or 0).lower()}): this program runs as user "
            f"{os.geteuid()}, and {_whose(data_dir)}; give it to this user (chown), or name another with "
            "RADIOMICLENS_DATA_DIR."
        ) from None


def _whose(data_dir: Path) -> str:
    for path in (data_dir, *data_dir.parents):
        with suppress(OSError):
            owner = path.stat().st_uid
            return f"{'it' if path == data_dir else 'the folder above it'} belongs to user {owner}"
    return "it is not there"


def is_open(folder: Path) -> bool:
    """Whether another account may enter a folder or list it."""
    return folder.is_dir() and bool(folder.stat().st_mode & _OTHERS)


def close_to_others(data_dir: Path) -> int:
    """Takes every permission of group and others from a data folder and what is ours in it; gives how many had some.

    What belongs to another account is left as it is, and so is a folder that everybody may write to (sticky, such as
    the system's temporary folder): there, only what is ours in it is closed. Links are not followed. Folders below are
    walked through only where one at the top was open, so that later starts take no time.
    """
    if not data_dir.is_dir():
        return 0
    own = [path for path in data_dir.iterdir() if path.name.startswith(OWN_NAMES)]
    closed = sum(_close(path) for path in [data_dir, *own])
    if closed:
        closed += sum(_close(path) for folder in own for path in _below(folder))
    return closed


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _close(path: Path) -> bool:
    """Whether somebody else could do something with it until now."""
    about = path.lstat()
    wide = about.st_mode & _OTHERS
    if not wide or stat.S_ISLNK(about.st_mode) or about.st_mode & stat.S_ISVTX or about.st_uid != os.geteuid():
        return False
    path.chmod(stat.S_IMODE(about.st_mode) & ~_OTHERS)
    return True
