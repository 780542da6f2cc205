"""Lets a few runs of pages go on at a time: fifty at once would take turns at every step, and all end last."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 4
LONGEST_WAIT_S = 3.0
"""Whoever waited this long goes on beside the others: a page that takes minutes stops nobody."""

_places = BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """A place for one run, soon: who came first goes first."""
    got = _places.acquire(timeout=LONGEST_WAIT_S)
    try:
        yield
    finally:
        if got:
            _places.release()
