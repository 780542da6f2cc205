"""The first member of a backup: the hashes of what has no name by its own content, and how many files follow."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from backend.errors import Damaged

MANIFEST = "manifest.json"
FORMAT = 1
_PART_BYTES = 2**20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup must hold.

    Attributes:
        format: number of this layout.
        database: sha256 (hex) of the database file.
        pseudonyms: sha256 of the key of the pseudonyms; empty where the data folder has none.
        files: number of stored files.
    """

    format: int = FORMAT
    database: str
    pseudonyms: str
    files: int

    def to_bytes(self) -> bytes:
        """The manifest as JSON."""
        return json.dumps(asdict(self), indent=1).encode()


def read_manifest(content: bytes) -> Manifest:
    """Reads `to_bytes`; raises Damaged where a byte of it changed so that it can be read no more."""
    try:
        found = json.loads(content)
        manifest = Manifest(**found)
    except (ValueError, TypeError, RecursionError):
        raise Damaged("The manifest of the backup is damaged; use another backup.") from None
    kinds = {field.name: int if field.name in ("format", "files") else str for field in fields(Manifest)}
    if set(found) != set(kinds) or any(type(found[name]) is not kind for name, kind in kinds.items()):
        raise Damaged("The manifest of the backup is damaged; use another backup.")
    if manifest.format != FORMAT:
        raise Damaged("The backup is of a newer version, or its manifest is damaged; update RadiomicLens.")
    return manifest


def sha256_of(path: Path) -> str:
    """sha256 (hex) of a file, read in parts; empty where there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_hashed(source: IO[bytes], target: IO[bytes]) -> str:
    """Copies in parts and gives the sha256 (hex) of what went through."""
    digest = hashlib.sha256()
    while part := source.read(_PART_BYTES):
        digest.update(part)
        target.write(part)
    return digest.hexdigest()
