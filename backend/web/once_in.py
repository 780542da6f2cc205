"""Says whether something was noted within the last hour, so that a log gets one line and no flood."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

HOUR_SECONDS = 3600.0
MAX_KEYS = 20_000
"""Keys remembered at once, so that many visitors cannot fill the memory."""


class OnceIn:
    """Lets each key pass once in a time; the oldest is forgotten where there are too many."""

    def __init__(self, seconds: float = HOUR_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._passed: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def passes(self, key: str) -> bool:
        """Whether this is the first time within the last `seconds`; from now on it is not."""
        now = self._clock()
        with self._lock:
            while self._passed and next(iter(self._passed.values())) <= now - self.seconds:
                self._passed.popitem(last=False)
            if key in self._passed:
                return False
            self._passed[key] = now
            if len(self._passed) > MAX_KEYS:
                self._passed.popitem(last=False)
            return True

    def forget(self, key: str) -> None:
        """Let `key` pass again."""
        with self._lock:
            self._passed.pop(key, None)
