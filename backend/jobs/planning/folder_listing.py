"""What the folders that imports may read hold, for those who choose a path instead of typing it.

Nothing outside the allowed roots is shown or counted, whatever links and `..` say. A look is bounded.
"""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from backend.errors import BadFile
from backend.ingest.formats.file_kind import kind_by_name
from backend.jobs.planning.allowed_paths import check_path
from backend.settings import Settings
from shared import schemas as s

LISTED = 500
"""Entries of one folder that are named; all are counted up to `MOST_ENTRIES`."""
MOST_ENTRIES = 100_000
LOOKED_AT = 400
"""Files and folders below an entry that are looked at, to say what kind of folder it is."""


def listing(settings: Settings, path: str | None) -> s.Folder:
    """The entries of a folder, folders first; the allowed roots without a path. Raises Forbidden or BadFile."""
    roots = _roots(settings)
    if path is None:
        entries = [_folder(root, str(root)) for root in roots]
        return s.Folder(path=None, parent=None, entries=entries, n_entries=len(entries))
    folder = check_path(settings, path, local=False, folder=True)
    try:
        found = sorted(islice(_inside(folder), MOST_ENTRIES), key=lambda one: (not one.is_dir(), one.name))
    except OSError:
        raise BadFile(f"The folder {folder.name!r} cannot be opened by the server; check its permissions.") from None
    entries = [_folder(one, one.name) if one.is_dir() else _file(one) for one in found[:LISTED]]
    above = None if folder in roots else str(folder.parent)
    return s.Folder(path=str(folder), parent=above, entries=entries, n_entries=len(found))


def _roots(settings: Settings) -> list[Path]:
    """The roots that are there, each once, none inside another."""
    real = sorted({root.resolve() for root in settings.import_roots if root.is_dir()})
    return [root for root in real if not any(root != other and root.is_relative_to(other) for other in real)]


def _inside(folder: Path) -> Iterator[Path]:
    """The files and folders in a folder, without hidden ones; links are left out, wherever they lead."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.name.isprintable():
                continue
            if entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def _file(path: Path) -> s.FolderEntry:
    return s.FolderEntry(
        name=path.name,
        path=str(path),
        is_folder=False,
        kind=kind_by_name(path.name),
        n_bytes=path.stat().st_size,
        n_files=None,
        kinds={},
        more=False,
    )


def _folder(path: Path, name: str) -> s.FolderEntry:
    kinds: Counter[str] = Counter()
    looked = 0
    waiting = [path]
    while waiting and looked < LOOKED_AT:
        try:
            for entry in _inside(waiting.pop(0)):
                looked += 1
                if looked > LOOKED_AT:
                    break
                if entry.is_dir():
                    waiting.append(entry)
                else:
                    kinds[kind_by_name(entry.name)] += 1
        except OSError:
            continue
    return s.FolderEntry(
        name=name,
        path=str(path),
        is_folder=True,
        kind="unknown",
        n_bytes=None,
        n_files=sum(kinds.values()),
        kinds=dict(sorted(kinds.items())),
        more=looked > LOOKED_AT or bool(waiting),
    )
