"""Values kept for a while in memory, each copied when it is given, so that no page changes what another one reads.

Streamlit's own cache reads the signature of a function anew at each call and hashes every argument: for the hundred
reads of one run of a page that took longer than the page itself.
"""

import pickle
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

_every: "weakref.WeakSet[KeptValues[object]]" = weakref.WeakSet()


class KeptValues(Generic[T]):
    """Values by key, each for `ttl` seconds, the newest `max_entries` of them.

    Who asks for what another thread is just making waits for it. A failure is raised to whoever asked, and not kept.
    """

    def __init__(self, ttl: float, max_entries: int, clock: Callable[[], float] = monotonic) -> None:
        self.ttl, self.max_entries = ttl, max_entries
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, bytes]] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()
        _every.add(self)  # type: ignore[arg-type] # only cleared through it

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """A copy of the value; `make` gives it where none is kept that is young enough."""
        packed = self._young(key)
        if packed is None:
            with self._lock:
                making = self._making.setdefault(key, Lock())
            with making:
                packed = self._young(key)
                if packed is None:
                    try:
                        return self._make(key, make)
                    finally:
                        with self._lock:
                            self._making.pop(key, None)
        value: T = pickle.loads(packed)  # noqa: S301 (made here)
        return value

    def clear(self) -> None:
        """Drop every value."""
        with self._lock:
            self._kept.clear()

    def _make(self, key: Hashable, make: Callable[[], T]) -> T:
        made = make()
        packed = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            self._kept[key] = (self._clock(), packed)
            self._kept.move_to_end(key)
            while len(self._kept) > self.max_entries:
                self._kept.popitem(last=False)
        return made

    def _young(self, key: Hashable) -> bytes | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None and self._clock() - found[0] >= self.ttl:
                del self._kept[key]
                return None
            return None if found is None else found[1]


def clear_every() -> None:
    """Drop the values of every store of this process."""
    for one in list(_every):
        one.clear()
