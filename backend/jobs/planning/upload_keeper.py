"""Looks at uploads as they become complete, and sweeps those that nobody needs, beside the server that answers.

A check that a dead server left unfinished is done again by the next one.
"""

import logging
from queue import Empty, Queue
from threading import Event, Thread

from sqlalchemy import select

from backend.jobs.planning.upload_check import check_upload
from backend.models import Upload, now
from backend.settings import Settings
from backend.storage.database import Database
from backend.storage.upload_sweep import sweep

log = logging.getLogger(__name__)
SWEEP_SECONDS = 300.0
"""Pause between two sweeps; then uploads that wait for a check are looked for, too."""

END_SECONDS = 5.0


class UploadKeeper:
    """A thread of one server; `check` hands it a complete upload."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._todo: Queue[str] = Queue()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="uploads", daemon=True)

    def start(self) -> None:
        """Begins to work, with what an earlier server left."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; a check that takes longer than a moment is left, and done again by the next server."""
        self._stop.set()
        self._todo.put("")
        self._thread.join(END_SECONDS)

    def check(self, upload_id: str) -> None:
        """Looks at an upload soon."""
        self._todo.put(upload_id)

    def _run(self) -> None:
        self._round()
        while not self._stop.is_set():
            try:
                upload_id = self._todo.get(timeout=SWEEP_SECONDS)
            except Empty:
                self._round()
                continue
            if upload_id and not self._stop.is_set():
                self._try(upload_id)

    def _round(self) -> None:
        try:
            sweep(self._database, self._settings, now())
            with self._database.read() as session:
                waiting = session.scalars(select(Upload.id).where(Upload.state == "checking")).all()
        except Exception:
            log.exception("uploads could not be swept; it is tried again")
            return
        for upload_id in waiting:
            if self._stop.is_set():
                return
            self._try(upload_id)

    def _try(self, upload_id: str) -> None:
        try:
            check_upload(self._database, self._settings, upload_id)
        except Exception:  # the thread outlives a full disk or a locked database; the next round tries again
            log.exception("the upload %s could not be looked at; it is tried again", upload_id)
