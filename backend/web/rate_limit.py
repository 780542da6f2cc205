"""Limits failed attempts, so that tokens and passphrases cannot be guessed."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from backend.access.tokens import hash_token
from backend.errors import NotFound, NotSignedIn, TooMany

WINDOW_SECONDS = 60.0
"""How long a failure counts; `Retry-After` of a 429 says it, too."""
OPENINGS_A_MINUTE = 120
"""Of one share link from one address, behind which a lecture hall may sit."""
MAX_KEYS = 20_000
"""Keys remembered at once, so that an attack from many addresses cannot fill the memory (some 20 MB)."""
PREFIX_LENGTH = 16
TOO_MANY = "Too many failed attempts from this address; wait a minute and try again."

TOO_OFTEN = "This was asked for too often from this address; wait a minute and try again."


class FailureLimiter:
    """Counts failures by address, and by token and address, over the last minute.

    A token that failed `max_failures` times from an address is not tried again. An address with as many failures gets
    429 instead of the failure, but a good token still works from there: people behind one proxy share an address, and
    the failures of others must not lock them out.
    """

    def __init__(self, max_failures: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_failures = max_failures
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def attempt(self, token: str, address: str) -> Iterator[None]:
        """Surround an attempt with a token; `NotFound` or `NotSignedIn` inside counts as a failure.

        Surround it inside the database's write lock: attempts at the same moment then wait for one another, and none
        is made before the failures of the others are counted.

        Raises `TooMany` before the attempt where this token failed too often from this address, and instead of the
        failure where the address failed too often.
        """
        own = f"{address} {hash_token(token)[:PREFIX_LENGTH]}"
        if self._is_full(own):
            raise TooMany(TOO_MANY)
        try:
            yield
        except (NotFound, NotSignedIn):
            full = self._is_full(address)
            self._add(own)
            self._add(address)
            if full:
                raise TooMany(TOO_MANY) from None
            raise

    def admit(self, token: str, address: str) -> None:
        """Counts something that may be done so often a minute with a token from an address; else raises `TooMany`."""
        own = f"{address} {hash_token(token)[:PREFIX_LENGTH]}"
        if self._is_full(own):
            raise TooMany(TOO_OFTEN)
        self._add(own)

    def _is_full(self, key: str) -> bool:
        with self._lock:
            times = self._times.get(key)
            return times is not None and len(self._recent(times)) >= self.max_failures

    def _add(self, key: str) -> None:
        with self._lock:
            times = self._times.setdefault(key, deque(maxlen=self.max_failures))
            self._recent(times).append(self._clock())
            self._times.move_to_end(key)
            while len(self._times) > MAX_KEYS:
                self._times.popitem(last=False)

    def _recent(self, times: deque[float]) -> deque[float]:
        while times and times[0] <= self._clock() - WINDOW_SECONDS:
            times.popleft()
        return times
