"""Writes down when sessions and API tokens were used last, beside the requests: none waits for it."""

import logging
from queue import Empty, Queue
from threading import Event, Thread

from backend.access.sessions import note_use
from backend.storage.database import Database
from backend.web.once_in import OnceIn

log = logging.getLogger(__name__)
SECONDS_BETWEEN = 60.0
"""A token in use is written down once in this time."""
SECONDS_TO_GATHER = 30.0
"""Uses of so long are written in one transaction: after each, kept answers are made anew."""
SECONDS_TO_END = 5.0


class TokenUses:
    """A thread of one server; `note` hands it the id of a token's row."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._once = OnceIn(SECONDS_BETWEEN)
        self._noted: Queue[str] = Queue()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="token uses", daemon=True)

    def start(self) -> None:
        """Begins to write."""
        self._thread.start()

    def stop(self) -> None:
        """Writes what was noted, and ends."""
        self._stop.set()
        self._thread.join(SECONDS_TO_END)

    def note(self, token_id: str) -> None:
        """Remembers that a token is in use; nothing for a visitor without one."""
        if token_id and self._once.passes(token_id):
            self._noted.put(token_id)

    def write(self) -> None:
        """Writes what was noted; where the database cannot be written, the next use is noted again."""
        noted = set()
        while True:
            try:
                noted.add(self._noted.get_nowait())
            except Empty:
                break
        if not noted:
            return
        try:
            with self._database.write() as session:
                for token_id in sorted(noted):
                    note_use(session, token_id)
        except Exception as error:  # the thread outlives a full disk and a locked database
            log.warning("the last use of %d tokens could not be written: %s", len(noted), type(error).__name__)
            for token_id in noted:
                self._once.forget(token_id)

    def _run(self) -> None:
        while not self._stop.wait(SECONDS_TO_GATHER):
            self.write()
        self.write()
