"""Failed sign-ins and openings of links in the audit log, so many a minute that nobody fills the disk with them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backend.access import audit
from backend.errors import NotFound, NotSignedIn, TooMany
from backend.storage.database import Database
from backend.web.rate_limit import FailureLimiter

A_MINUTE = 20
"""Rows of one address in a minute: every failure before the limit of attempts, and some refused by it."""
ALL_A_MINUTE = 300
NOBODY = "nobody"
"""The actor of an attempt that failed: who it was is what is not known."""


class RefusedAttempts:
    """Writes a row for each attempt that is refused, up to `A_MINUTE` of one address and `ALL_A_MINUTE` in all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._of_one = FailureLimiter(A_MINUTE, clock)
        self._of_all = FailureLimiter(ALL_A_MINUTE, clock)

    @contextmanager
    def noted(self, database: Database, action: str, address: str, target: str = "") -> Iterator[None]:
        """Surround an attempt and its transaction: that is rolled back, and the row needs one of its own."""
        try:
            yield
        except (NotFound, NotSignedIn, TooMany) as refusal:
            if self._has_room(address):
                with database.write() as session:
                    audit.record(session, NOBODY, action, target, address=address, why=refusal.code)
            raise

    def _has_room(self, address: str) -> bool:
        try:
            self._of_one.admit("", address)
            self._of_all.admit("", "")
        except TooMany:
            return False
        return True
