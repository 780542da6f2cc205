"""Counts failed attempts a minute by address, so that tokens cannot be tried out."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from backend.web.error_handlers import too_many_failures

WINDOW_SECONDS = 60.0
ADDRESSES_KEPT = 10_000


class FailureLimiter:
    """Allows `most` failures a minute and address; from the next attempt on `check` raises `TooMany`."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def check(self, address: str) -> None:
        """Raises `TooMany` while the last minute holds as many failures as allowed."""
        with self._lock:
            if len(self._recent(address)) >= self.most:
                raise too_many_failures()

    def add(self, address: str) -> None:
        """Notes one failure."""
        with self._lock:
            self._recent(address).append(self._clock())
            self._times.move_to_end(address)
            while len(self._times) > ADDRESSES_KEPT:
                self._times.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        times = self._times.setdefault(address, deque(maxlen=self.most))
        while times and times[0] <= self._clock() - WINDOW_SECONDS:
            times.popleft()
        return times
