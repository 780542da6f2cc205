"""Reads the files of one image, each opened once, hashed, and compared with the sender's checksums if there are any."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backend.errors import BadFile
from backend.ingest.rejection import Rejection

Integrity = Literal["manifest", "checksum", "unverifiable"]


@dataclass
class FileReader:
    """Reads the files of one image, at most `largest` bytes each; `sums` are the sender's SHA-256 by real path."""

    largest: int
    sums: Mapping[str, str] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: Path) -> bytes:
        """The bytes of a regular file, checked against the sender's sum. Raises BadFile or Rejection."""
        content = read_once(path, self.largest)
        digest = hashlib.sha256(content)
        expected = self.sums.get(str(path))
        if expected is not None and expected != digest.hexdigest():
            raise Rejection(f"{path.name} is not the file the sender listed: its SHA-256 differs; transfer it again.",
                            "checksum")  # fmt: skip
        self.digests[str(path)] = digest.digest()
        return content

    def beside(self, path: Path, name: str) -> bytes:
        """The bytes of a data file that a header names; raises BadFile unless it is a name in the header's folder."""
        try:
            name = name.encode("latin-1").decode("utf-8")  # headers are read as bytes; names are UTF-8 in practice
        except UnicodeError:
            raise BadFile(f"{path.name} names a data file in unknown letters; rename it and write it again.") from None
        is_plain = name and name == os.path.basename(name) and "\\" not in name and "\0" not in name and "%" not in name
        if not is_plain or name.startswith(".") or name.upper() == "LIST":
            raise BadFile(
                f"{path.name} points at another file for its voxels than one beside it; convert it to one file."
            )
        return self.read(path.with_name(name))

    def digest(self) -> str:
        """SHA-256 of the file; of several, of their hashes in the order they were read."""
        digests = list(self.digests.values())
        return digests[0].hex() if len(digests) == 1 else hashlib.sha256(b"".join(digests)).hexdigest()

    def integrity(self, packed: bool) -> Integrity:
        """What excludes damage: the sender's checksums, a checksum inside the file, or nothing."""
        if self.digests and all(path in self.sums for path in self.digests):
            return "manifest"
        return "checksum" if packed else "unverifiable"


def read_once(path: Path, largest: int) -> bytes:
    """The bytes of a regular file, opened once, no link followed. Raises BadFile."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise BadFile(f"{path.name} cannot be opened; check that it exists and is readable.") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise BadFile(f"{path.name} is no regular file; give the file itself.")
        content = file.read(largest + 1) if os.fstat(handle).st_size <= largest else None
    if content is None or len(content) > largest:
        raise BadFile(
            f"{path.name} is larger than {largest / 1e6:.0f} MB, more than one image may hold here; crop or "
            "resample it."
        )
    if not content:
        raise BadFile(f"{path.name} is empty; copy it again.")
    return content
