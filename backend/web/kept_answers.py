"""Keeps packed answers about what never changes, so that the next visitor gets them without a read of the database."""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

MOST_BYTES = 16 * 2**20
"""Of all kept answers together: about a hundred rankings of 2 511 features."""
LEVEL = 6


@dataclass(frozen=True, slots=True)
class PackedAnswer:
    """An answer as gzip, and the ETag of its text."""

    packed: bytes
    etag: str

    @classmethod
    def of(cls, text: str) -> "PackedAnswer":
        """The text packed; the same text gives the same bytes."""
        data = text.encode()
        return cls(gzip.compress(data, LEVEL, mtime=0), hashlib.sha256(data).hexdigest()[:40])


class KeptAnswers:
    """The answers used last, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[str, PackedAnswer] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], str]) -> PackedAnswer:
        """The kept answer, or the one that `make` gives; two visitors at once may both make it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = PackedAnswer.of(make())
        with self._lock:
            self._kept[key] = made
            while sum(len(one.packed) for one in self._kept.values()) > self.most_bytes and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return made
