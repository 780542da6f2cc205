"""Whole answers in bounded memory: of the state the database is in now, and those that never change."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock

from starlette.responses import Response

from backend.web.conditional_requests import has_copy

MOST_BYTES = 64 * 2**20
"""Of all kept answers together."""
LONGEST_BYTES = 4 * 2**20
"""Of one answer; a longer one is made each time."""
ANY_STATE = ""

Key = tuple[str, ...]
"""First the state of the database (`ANY_STATE` for what never changes), then what the caller sees, then the address."""


@dataclass(frozen=True, slots=True)
class KeptBody:
    """An answer of 200: its body, headers and ETag."""

    body: bytes
    headers: dict[str, str]
    etag: str
    route: object = None
    """What answered, for whoever counts requests by it."""

    def response(self, if_none_match: str | None) -> Response:
        """The answer, or 304 for who has it already."""
        headers = self.headers | {"ETag": f'"{self.etag}"'}
        if has_copy(if_none_match, self.etag):
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers)


@dataclass(slots=True)
class KeptBodies:
    """The answers used last, up to a number of bytes; those of a former state of the database leave first."""

    most_bytes: int = MOST_BYTES
    bytes: int = 0
    _state: str = ANY_STATE
    _kept: OrderedDict[Key, KeptBody] = field(default_factory=OrderedDict)

    def get(self, key: Key) -> KeptBody | None:
        """The kept answer, which was used last from now on."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Key, answer: KeptBody) -> None:
        """Keep an answer unless it is of a former state; those used longest ago leave where there are too many."""
        if key[0] not in (ANY_STATE, self._state) or len(answer.body) > LONGEST_BYTES:
            return
        self._drop([key])
        self._kept[key] = answer
        self.bytes += len(answer.body)
        while self.bytes > self.most_bytes:
            self._drop([next(iter(self._kept))])

    def enter(self, state: str) -> None:
        """The database is in this state now: answers of other states are of no use any more."""
        if state != self._state:
            self._drop([key for key in self._kept if key[0] not in (ANY_STATE, state)])
            self._state = state

    def _drop(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if (answer := self._kept.pop(key, None)) is not None:
                self.bytes -= len(answer.body)


class Views:
    """What users see, for one state of the database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state = ANY_STATE
        self._known: dict[tuple[str, str], str] = {}

    def of(self, who: tuple[str, str], state: str, work_out: Callable[[], str]) -> str:
        """The view of a user (name, role); `work_out` reads it where it is not known of this state."""
        with self._lock:
            if state != self._state:
                self._known, self._state = {}, state
            if who in self._known:
                return self._known[who]
        found = work_out()
        with self._lock:
            if state == self._state:
                self._known[who] = found
        return found
