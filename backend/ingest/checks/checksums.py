"""The sender's list of SHA-256 sums (`SHA256SUMS`, `manifest.sha256`), against which any file can be checked."""

import re
from pathlib import Path

from backend.errors import BadTable
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_CHECKSUM_LIST_BYTES

NAMES = ("SHA256SUMS", "SHA256SUMS.txt", "sha256sums.txt", "manifest.sha256", "checksums.sha256")
LINE = re.compile(r"\\?(?P<sum>[0-9a-fA-F]{64})[ \t]+\*?(?P<name>.+)")
BSD = re.compile(r"SHA256 \((?P<name>.+)\) = (?P<sum>[0-9a-fA-F]{64})")


def read_sums(path: Path) -> dict[str, str]:
    """Real path -> SHA-256 (hex), as `sha256sum` writes them; paths are relative to the list. Raises BadTable."""
    try:
        lines = small_text(path, MAX_CHECKSUM_LIST_BYTES).splitlines()
    except (OSError, ValueError):
        raise BadTable(f"The list of sums {path.name} cannot be read as text; write it with sha256sum.") from None
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line.rstrip()) or BSD.fullmatch(line.rstrip())
        if match is None or "\0" in line:
            raise BadTable(f"{path.name}, line {number} is no SHA-256 and file name; write the list with sha256sum.")
        try:
            named = (path.parent / match["name"]).resolve()
        except (OSError, RuntimeError):
            raise BadTable(f"{path.name}, line {number} names a file that cannot be followed; correct it.") from None
        sums[str(named)] = match["sum"].lower()
    return sums


def find_sums(folder: Path) -> Path | None:
    """The list that came with a folder, where there is one. Raises BadFile where it is a link out of the folder."""
    return beside(folder, NAMES)
