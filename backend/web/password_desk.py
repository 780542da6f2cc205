"""Where passwords are tried: one at a time, few wait, and who fails too often must wait.

A hash takes 64 MiB and a core for a tenth of a second, so a crowd must not start a hundred at once. A browser that has
signed in as this user before is counted for itself and has a line of its own: the failures of others lock nobody out.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from backend.errors import TooMany
from backend.web.rate_limit import FailureLimiter

MOST_WAITING = 12
"""In one line; each holds one of the server's 40 threads."""
MOST_OF_AN_ADDRESS = 8
FAILURES_OF_A_NAME = 60
"""A minute, of one user from all addresses together."""
MANY = "Many are signing in at this moment; try again in a minute."


class PasswordDesk:
    """Counts failed passwords by name and address, by name, and by known browser; the last minute counts."""

    def __init__(self, max_failures: int) -> None:
        self._by_address = FailureLimiter(max_failures)
        self._by_name = FailureLimiter(max(FAILURES_OF_A_NAME, max_failures))
        self._strangers, self._known = Line(), Line()

    @contextmanager
    def attempt(self, name: str, address: str, browser: str | None) -> Iterator[None]:
        """Surround the check of a password; `NotSignedIn` inside counts as a failure. Raises `TooMany`.

        `browser` identifies a known browser of this user; None for a stranger.
        """
        if browser is not None:
            with self._known.turn(browser), self._by_address.attempt(browser, f"browser {browser}"):
                yield
            return
        with (  # by name innermost: it counts each failure, also one that a full address answers with `TooMany`
            self._strangers.turn(address),
            self._by_address.attempt(name, address),
            self._by_name.attempt(name, f"name {name}"),
        ):
            yield


class Line:
    """Lets in one at a time; who comes when too many wait already is sent away."""

    def __init__(self, most: int = MOST_WAITING, most_of_an_address: int = MOST_OF_AN_ADDRESS) -> None:
        self.most, self.most_of_an_address = most, most_of_an_address
        self._waiting: Counter[str] = Counter()
        self._turn, self._lock = Lock(), Lock()

    @contextmanager
    def turn(self, address: str) -> Iterator[None]:
        """Surround what is done one at a time; raises `TooMany`."""
        with self._lock:
            if self._waiting.total() >= self.most or self._waiting[address] >= self.most_of_an_address:
                raise TooMany(MANY)
            self._waiting[address] += 1
        try:
            with self._turn:
                yield
        finally:
            with self._lock:
                self._waiting[address] -= 1
                self._waiting += Counter()  # drops the addresses that are back at zero
