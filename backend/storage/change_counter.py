"""Says whether anything in the database has changed since the last look, in microseconds and by whatever process."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine

from backend.storage.page_check import quoted_path


class ChangeCounter:
    """A value that differs after every commit to the database, of this process or another.

    SQLite tells it by `PRAGMA data_version`, whose values only one connection can compare: it is kept open here.
    PostgreSQL's is the snapshot of its transactions: who reads takes no number there, so only writes change it.

    Args:
        engine: of the database.
        file: the SQLite file; None for PostgreSQL.
    """

    def __init__(self, engine: Engine, file: Path | None) -> None:
        self._engine, self._file = engine, file
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def now(self) -> str | None:
        """The value now; None where the database cannot be asked, and nothing may be concluded."""
        if self._file is None:
            return self._snapshot()
        with self._lock:
            try:
                self._connection = self._connection or self._connect(self._file)
                return str(self._connection.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                return None

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self, file: Path) -> sqlite3.Connection:
        uri = f"file:{quoted_path(file)}?mode=rw"  # a read-only one could not roll back what a crash left
        return sqlite3.connect(uri, uri=True, timeout=1.0, isolation_level=None, check_same_thread=False)

    def _snapshot(self) -> str | None:
        with suppress(Exception), self._engine.execution_options(read_only=True).connect() as connection:
            return str(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one())
        return None
