"""The bounded folder of copies that a host keeps of files in an object store: least recently used ones go first."""

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock


class FetchedFiles:
    """Keeps a folder below a size; several processes may share it, for a copy may vanish at any time.

    Args:
        folder: of the copies, in folders of two letters.
        most_bytes: that they may take together.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most = folder, most_bytes
        self._unlooked = most_bytes  # a new process looks at once
        self._lock = Lock()

    def used(self, copy: Path) -> None:
        """Marks a copy as used just now."""
        with suppress(OSError):
            os.utime(copy)

    def added(self, copy: Path) -> None:
        """Makes room after a copy came, which itself stays; looks at the folder once for a twentieth of its size."""
        with self._lock:
            self._unlooked += copy.stat().st_size
            if self._unlooked * 20 < self._most:
                return
            self._unlooked = 0
        self._trim(copy)

    def _trim(self, newest: Path) -> None:
        found = []
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):
                about = path.stat()
                found.append((about.st_mtime_ns, about.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._most:
                return
            if path != newest:
                path.unlink(missing_ok=True)
                total -= size
