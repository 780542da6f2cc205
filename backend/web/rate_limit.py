"""Limits failed attempts by address, so that tokens and passphrases cannot be guessed."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from backend.errors import TooMany

WINDOW_SECONDS = 60.0
"""How long a failure counts; `Retry-After` of a 429 says it, too."""
MAX_ADDRESSES = 10_000
"""Addresses remembered at once, so that an attack from many addresses cannot fill the memory (some 10 MB)."""


class FailureLimiter:
    """Counts failures by address; with `max_failures` in the last minute, `check` raises `TooMany`."""

    def __init__(self, max_failures: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_failures = max_failures
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def check(self, address: str) -> None:
        """Raise `TooMany` while the last minute holds as many failures of this address as allowed."""
        with self._lock:
            if len(self._recent(address)) >= self.max_failures:
                raise TooMany("Too many failed attempts from this address; wait a minute and try again.")

    def add(self, address: str) -> None:
        """Count one failure of an address."""
        with self._lock:
            self._recent(address).append(self._clock())
            self._times.move_to_end(address)
            while len(self._times) > MAX_ADDRESSES:
                self._times.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        times = self._times.setdefault(address, deque(maxlen=self.max_failures))
        while times and times[0] <= self._clock() - WINDOW_SECONDS:
            times.popleft()
        return times
