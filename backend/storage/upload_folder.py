"""The folder of one upload: `part` while it arrives, then the file under its own name, or what an archive held.

    uploads/ID/part             bytes that arrived
    uploads/ID/checking/NAME    the whole file, while it is looked at
    uploads/ID/unpacking/STEM/  an archive while it is unpacked
    uploads/ID/file/NAME        the checked file
    uploads/ID/unpacked/STEM/   what was in it

What can be used is found by names alone: `file` and `unpacked` are there only when the upload was checked.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backend.errors import BadFile, Busy, NotFound
from backend.storage.blob_store import sync_folder

UPLOADS = "uploads"
PREFIX = "upload:"
"""How a path of a request names an upload: `upload:ID`, or `upload:ID/inside/path`."""
ID = re.compile(r"[0-9a-f]{32}")
PRIVATE = 0o700
GONE = "There is no such upload any more; it was used or has expired, so send the file again."


class UploadFolder:
    """The folder of the upload `upload_id`; nothing is made before bytes arrive."""

    def __init__(self, data_dir: Path, upload_id: str) -> None:
        if not ID.fullmatch(upload_id):
            raise NotFound(GONE)
        self.path = data_dir / UPLOADS / upload_id

    @property
    def part(self) -> Path:
        """The bytes that arrived so far."""
        return self.path / "part"

    @property
    def file(self) -> Path:
        """The folder of the checked file."""
        return self.path / "file"

    @property
    def checking(self) -> Path:
        """The folder of the whole file while it is looked at."""
        return self.path / "checking"

    @property
    def unpacking(self) -> Path:
        """Where an archive is unpacked to before it is whole."""
        return self.path / "unpacking"

    @property
    def unpacked(self) -> Path:
        """The folder of what an archive held."""
        return self.path / "unpacked"

    @contextmanager
    def locked_part(self) -> Iterator[int]:
        """A descriptor of the bytes, held by nobody else; raises `Busy`. The kernel frees it when a process dies."""
        self._make()
        descriptor = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(
                    "This upload is being written already; wait until that ends, or ask for its offset."
                ) from None
            sync_folder(self.path)
            yield descriptor
        finally:
            os.close(descriptor)

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE)  # `parents` alone would be open to others
        self.path.mkdir(exist_ok=True, mode=PRIVATE)

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Whether this process alone looks at the upload, for as long as the block lasts."""
        self._make()
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(descriptor)

    def begin_check(self, name: str) -> Path:
        """The whole file under its name, wherever an interrupted check left it; what that made is removed."""
        self.checking.mkdir(exist_ok=True, mode=PRIVATE)
        target = self.checking / name
        for left in (self.part, self.file / name):
            if left.is_file():
                left.replace(target)
        if target.is_file():
            for made in (self.file, self.unpacking, self.unpacked):
                shutil.rmtree(made, ignore_errors=True)
            sync_folder(self.checking)
        return target

    def keep_file(self) -> None:
        """The checked file is there for good."""
        self.checking.replace(self.file)
        sync_folder(self.path)

    def keep_unpacked(self) -> None:
        """What was unpacked is there for good."""
        os.sync()  # thousands of small files at once, before the archive goes
        self.unpacking.replace(self.unpacked)
        sync_folder(self.path)

    def drop_archive(self) -> None:
        """Removes an archive that was unpacked, once its row says so."""
        shutil.rmtree(self.checking, ignore_errors=True)

    def remove(self) -> None:
        """Removes everything of the upload; a writer that still runs finds its row gone."""
        while self.path.is_dir():
            with suppress(FileNotFoundError):
                shutil.rmtree(self.path)


def is_upload(name: str) -> bool:
    """Whether a path of a request names an upload."""
    return name.startswith(PREFIX)


def upload_id_of(name: str) -> str:
    """The id in `upload:ID/inside/path`; raises NotFound where it is none."""
    upload_id = name.removeprefix(PREFIX).partition("/")[0]
    if not ID.fullmatch(upload_id):
        raise NotFound(GONE)
    return upload_id


def path_of_upload(data_dir: Path, name: str) -> Path:
    """The real path of `upload:ID` or `upload:ID/inside/path`; raises NotFound or BadFile.

    The id alone is the file, or the folder of an archive: the innermost that holds everything.
    """
    folder = UploadFolder(data_dir, upload_id_of(name))
    inside = name.removeprefix(PREFIX).partition("/")[2]
    if folder.unpacked.is_dir():
        root = next(folder.unpacked.iterdir()).resolve()
        path = (root / inside).resolve() if inside else innermost(root)
        if not path.is_relative_to(root) or not path.exists():
            raise BadFile("The archive holds no such file; choose one of those it was unpacked to.")
        return path
    files = list(folder.file.iterdir()) if folder.file.is_dir() else []
    if not files:
        raise NotFound(GONE)
    if inside:
        raise BadFile("This upload is a single file, so a path inside it leads nowhere; name the upload alone.")
    return files[0].resolve()


def innermost(root: Path) -> Path:
    """The folder that holds everything, below folders that hold just one."""
    while len(entries := list(root.iterdir())) == 1 and entries[0].is_dir():
        root = entries[0]
    return root
