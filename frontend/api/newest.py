"""A bounded store in memory: the things used last, up to a number."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Things by key, the ones used last up to a number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def of(self, key: str, make: Callable[[], T]) -> T:
        """The thing of a key; made where there is none."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        return self.put(key, make())

    def put(self, key: str, value: T) -> T:
        """Keep a thing, and give it back."""
        with self._lock:
            self._known[key] = value
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return value

    def drop(self, key: str) -> None:
        """Drop the thing of a key."""
        with self._lock:
            self._known.pop(key, None)
