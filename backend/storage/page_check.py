"""SQLite's quick check of a database file: at start, and again now and then while a server runs.

A rollback journal makes writers wait for readers, so a running server reads the file without a lock first. A page read
while it was written can look wrong: only what a second check, with a lock, finds too is damage.
"""

import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from time import monotonic

from backend.errors import Damaged, Unavailable

log = logging.getLogger(__name__)
SENTENCE = "The database file is damaged; restore the data folder from a backup."
SECONDS_BETWEEN = 60.0
SHARE_OF_TIME = 0.02
"""A file that takes long is checked more rarely: at most this share of the time goes into it."""
SECONDS_TO_WAIT = 2.0
"""How long the first question waits for an answer; a file of up to about 100 MB is done by then."""


def check_pages_now(database: Path) -> None:
    """Reads the whole file; raises Damaged where SQLite finds a fault. Returns at once where there is no file yet."""
    if database.is_file() and not _whole(f"file:{quoted_path(database)}?mode=rw"):
        raise Damaged(SENTENCE)


class PageCheck:
    """The newest result for a running server; a new check is made in a thread of its own when one is due.

    Args:
        database: the SQLite file; None for another kind of database, which is never checked here.
    """

    def __init__(self, database: Path | None, seconds_between: float = SECONDS_BETWEEN) -> None:
        self._database, self._seconds_between = database, seconds_between
        self._lock = threading.Lock()
        self._first = threading.Event()
        self._running, self._damaged, self._due = False, False, 0.0

    def require_whole(self) -> None:
        """Raises Unavailable where the newest check found damage."""
        if self._database is None:
            return
        self._start_if_due(self._database)
        self._first.wait(SECONDS_TO_WAIT)
        if self._damaged:
            raise Unavailable(SENTENCE)

    def _start_if_due(self, database: Path) -> None:
        with self._lock:
            if self._running or monotonic() < self._due:
                return
            self._running = True
        threading.Thread(target=self._check, args=(database,), daemon=True).start()

    def _check(self, database: Path) -> None:
        start = monotonic()
        whole = _whole(f"file:{quoted_path(database)}?immutable=1") or _whole(f"file:{quoted_path(database)}?mode=rw")
        if not whole:
            log.error("damaged data: %s", SENTENCE)
        took = monotonic() - start
        with self._lock:
            self._damaged, self._running = not whole, False
            self._due = monotonic() + max(self._seconds_between, took / SHARE_OF_TIME)
        self._first.set()


def _whole(uri: str) -> bool:
    """Whether the file passes; one that cannot be looked at now (locked, no permission) is not damaged.

    With a lock it is opened for writing: what a crash left half-written is then rolled back first.
    """
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError as error:
        return "disk I/O error" not in str(error)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False


def quoted_path(path: Path) -> str:
    """A path as part of an URI that SQLite opens."""
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
