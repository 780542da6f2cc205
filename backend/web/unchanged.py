"""Values worked out from the database that hold until it changes, for everybody who may ask for them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from backend.storage.change_counter import ChangeCounter

T = TypeVar("T")
MOST = 300


class Unchanged:
    """The values used last, of the state that the database is in now.

    Whoever asks must have shown before that they may see what the value is made of.
    """

    def __init__(self, counter: ChangeCounter, most: int = MOST) -> None:
        self._counter, self._most = counter, most
        self._state: str | None = None
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key; `make` works it out where the database has changed since, or it was never asked for."""
        state = self._counter.now()
        with self._lock:
            if state != self._state or state is None:
                self._kept.clear()
                self._state = state
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key]
                return found
        made = make()
        with self._lock:
            if state is not None and state == self._state:
                self._kept[key] = made
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return made
