"""Reads small files beside images (tables, checksums, descriptions, names of codes); refuses links out of it."""

from collections.abc import Iterable
from pathlib import Path

from backend.ingest.sandbox.read_images import resolve


def beside(folder: Path, names: Iterable[str], root: Path | None = None) -> Path | None:
    """The first of `names` that is a file in `folder`. Raises BadFile where it is a link out of `root` (the folder)."""
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is not None:
        resolve(found, (root or folder,))  # the path itself is kept: what it lists is relative to where it lies
    return found


def small_text(path: Path, largest: int) -> str:
    """A UTF-8 file of no more than `largest` bytes. Raises OSError or ValueError."""
    with path.open("rb") as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f"more than {largest} bytes")
    return content.decode("utf-8-sig")
