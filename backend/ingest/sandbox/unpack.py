"""Unpacks an archive that came over the network, under limits, by names that are judged here.

Nothing is written outside the target: names that lead up, out or to a link are refused with the whole archive, and what
counts as size is what was written, never what a header states.
"""

import os
import shutil
import tarfile
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from backend.errors import BadFile
from backend.ingest.formats.file_kind import is_zip, kind_by_name
from backend.ingest.identifiers.sentences import shown

MIB = 2**20
MOST_ENTRIES = 200_000
"""Files of one archive: a thousand DICOM studies of 200 slices."""
MOST_DEPTH = 24
MOST_PATH_BYTES = 900
"""Of a path inside, so that `upload:ID/PATH` fits into the field of a request."""
MOST_PART_BYTES = 255
LISTED = 200
"""Files that the answer names; all are counted."""
LEFT_OUT = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "@eaDir")
PIECE = MIB
ENCRYPTED = 1
DAMAGED = "The archive is damaged or cut off; pack it again and send it anew."
DECODING = (
    *(tarfile.TarError, zipfile.BadZipFile, EOFError, UnicodeError, ValueError, OverflowError, NotImplementedError),
    RuntimeError,
)


@dataclass
class Unpacked:
    """What came out of an archive."""

    n_files: int = 0
    n_bytes: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)


@dataclass
class Unpacking:
    """The state of one archive: where it goes, what it may still take."""

    target: Path
    most_bytes: int
    keep_free: int
    found: Unpacked = field(default_factory=Unpacked)
    taken: set[str] = field(default_factory=set)

    def add(self, name: str, content: IO[bytes]) -> None:
        """Writes one file of the archive. Raises BadFile for its name, and where a limit is reached."""
        parts = safe_parts(name)
        if _is_left_out(parts):
            return
        if self.found.n_files >= MOST_ENTRIES:
            raise BadFile(f"The archive holds more than {MOST_ENTRIES:,} files; pack it in parts.")
        self._take(parts)
        path = self.target.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            size = self._write(path, content)
        except (FileExistsError, NotADirectoryError):
            raise BadFile("The archive has a file and a folder of the same name; pack it again.") from None
        self.found.n_files += 1
        kind = kind_by_name(parts[-1])
        self.found.kinds[kind] = self.found.kinds.get(kind, 0) + 1
        if len(self.found.files) < LISTED:
            self.found.files.append({"path": "/".join(parts), "n_bytes": size, "kind": kind})

    def _take(self, parts: tuple[str, ...]) -> None:
        """Two names that some disk takes for one would make one file hide the other."""
        key = unicodedata.normalize("NFC", "/".join(parts)).casefold()
        if key in self.taken:
            raise BadFile("The archive has two files of the same name; pack it again, each under a name of its own.")
        self.taken.add(key)

    def _write(self, path: Path, content: IO[bytes]) -> int:
        size = 0
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            while piece := content.read(PIECE):
                size += len(piece)
                self.found.n_bytes += len(piece)
                if self.found.n_bytes > self.most_bytes:
                    raise BadFile(
                        f"The archive unpacks to more than the {self.most_bytes // MIB:,} MiB there are for it; "
                        "remove other uploads, or copy it into an import folder of the server."
                    )
                if shutil.disk_usage(path.parent).free < self.keep_free:
                    raise BadFile("The server's disk has no room for what the archive holds; ask for some to be made.")
                file.write(piece)
        return size


def unpack(archive: Path, target: Path, most_bytes: int, keep_free: int) -> Unpacked:
    """Unpacks a zip or tar file into a new folder. Raises BadFile, whose sentence repeats no identifier."""
    state = Unpacking(target, most_bytes, keep_free)
    target.mkdir(parents=True, mode=0o700)
    try:
        for name, content in _of_zip(archive) if is_zip(archive) else _of_tar(archive):
            state.add(name, content)
    except DECODING:
        raise BadFile(DAMAGED) from None
    except OSError as error:  # a packed stream that is no such stream says so by this
        if error.errno is not None:
            raise
        raise BadFile(DAMAGED) from None
    except _packed_errors():
        raise BadFile(DAMAGED) from None
    if not state.found.n_files:
        raise BadFile("The archive holds no file; pack it again.")
    return state.found


def safe_parts(name: str) -> tuple[str, ...]:
    """The folders and the name of an entry. Raises BadFile where it leads elsewhere or is no name."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = tuple(part for part in plain.split("/") if part not in ("", "."))
    if plain.startswith("/") or (len(plain) > 1 and plain[1] == ":"):
        raise BadFile("The archive names files from the root of a disk; pack it again, with names inside its folder.")
    if ".." in parts:
        raise BadFile("The archive names a file outside its own folder (..); pack it again.")
    if not parts or not plain.isprintable():
        raise BadFile("The archive has a file whose name holds characters that no name has; rename it and pack again.")
    if len(parts) > MOST_DEPTH or len(plain.encode()) > MOST_PATH_BYTES:
        raise BadFile(
            f"The archive has a path of more than {MOST_PATH_BYTES} bytes or {MOST_DEPTH} folders; shorten it."
        )
    if any(len(part.encode()) > MOST_PART_BYTES for part in parts):
        raise BadFile(f"The archive has a name of more than {MOST_PART_BYTES} bytes; shorten it and pack again.")
    return parts


def _of_zip(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > 2 * MOST_ENTRIES:
            raise BadFile(f"The archive holds more than {MOST_ENTRIES:,} files; pack it in parts.")
        for entry in entries:
            if entry.flag_bits & ENCRYPTED:
                raise BadFile("The archive is protected by a password; pack it without one.")
            mode = entry.external_attr >> 16
            if mode and (mode & 0o170000) not in (0, 0o100000, 0o040000):
                raise BadFile(
                    f"The archive holds a link or a device ({shown(entry.filename)}); pack the files themselves."
                )
            if entry.orig_filename != entry.filename and "\0" in entry.orig_filename:
                raise BadFile("The archive has a file whose name holds a NUL; rename it and pack again.")
            if not entry.is_dir():
                with archive.open(entry) as content:
                    yield entry.filename, content


def _of_tar(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path, "r:*") as archive:
        for count, entry in enumerate(archive):
            if count > 2 * MOST_ENTRIES:
                raise BadFile(f"The archive holds more than {MOST_ENTRIES:,} files; pack it in parts.")
            if entry.isdir():
                continue
            content = archive.extractfile(entry) if entry.isreg() and not entry.issparse() else None
            if content is None:
                raise BadFile(f"The archive holds a link or a device ({shown(entry.name)}); pack the files themselves.")
            with content:
                yield entry.name, content


def _packed_errors() -> tuple[type[Exception], ...]:
    """What broken packed bytes raise."""
    import lzma
    import zlib

    return (zlib.error, lzma.LZMAError)


def _is_left_out(parts: tuple[str, ...]) -> bool:
    """Whether an entry is what a system put beside the files of people."""
    return any(part in LEFT_OUT for part in parts) or parts[-1].startswith("._")
