"""The files below a folder that is imported, without what file managers leave behind."""

import os
from collections.abc import Container, Iterator
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.limits import MAX_FOLDER_ENTRIES

CLUTTER = ("thumbs.db", "desktop.ini")
CLUTTER_FOLDERS = ("__macosx", "$recycle.bin", "system volume information")


def is_clutter(name: str) -> bool:
    """Whether a file or folder is hidden (`._t2w.mha`, `.DS_Store`) or of a file manager; nobody misses these."""
    lowered = name.lower()
    return lowered.startswith(".") or lowered in CLUTTER or lowered in CLUTTER_FOLDERS


def files_below(root: Path, without: Container[Path] = ()) -> Iterator[Path]:
    """Every file below `root` but those in the folders `without`, links to folders not followed, in a fixed order.

    Raises BadImage for too many.
    """
    entries = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        if Path(folder) in without:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not is_clutter(name))
        entries += len(names)
        if entries > MAX_FOLDER_ENTRIES:
            raise BadImage(f"{root.name} holds more than {MAX_FOLDER_ENTRIES} files; import one cohort a folder.")
        yield from (Path(folder, name) for name in sorted(names) if not is_clutter(name))
