"""Previews of share links: frozen as the link would be, kept in memory for their sender alone, then gone.

A link made of a preview holds exactly what was previewed: the same pseudonyms, the same pixels.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from time import monotonic

from backend.access.tokens import new_token
from backend.errors import NotFound
from shared import schemas as s

SECONDS = 3600.0
MOST_DRAFTS = 12
MOST_OF_ONE_USER = 4
GONE = "This preview is no longer there: it was kept for an hour at most. Make it again."


@dataclass(frozen=True, slots=True)
class Draft:
    """A frozen page with its pictures, of one user and analysis."""

    user: str
    analysis_id: str
    view: s.SharedView
    pictures: Mapping[str, bytes]
    made: float
    revision: int = 0

    @property
    def picture_bytes(self) -> int:
        return sum(len(one) for one in self.pictures.values())


class ShareDrafts:
    """The newest previews of a server, of each user the newest few."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._seconds, self._clock, self._lock = seconds, clock, Lock()
        self._drafts: OrderedDict[str, Draft] = OrderedDict()

    def put(self, user: str, analysis_id: str, view: s.SharedView, pictures: Mapping[str, bytes]) -> str:
        """Keeps a preview; gives its id."""
        name = new_token()
        with self._lock:
            self._drafts[name] = Draft(user, analysis_id, view, pictures, self._clock())
            own = [key for key, draft in self._drafts.items() if draft.user == user]
            for key in own[:-MOST_OF_ONE_USER]:
                del self._drafts[key]
            while len(self._drafts) > MOST_DRAFTS:
                self._drafts.popitem(last=False)
        return name

    def get(self, user: str, name: str) -> Draft:
        """A preview of this user; raises `NotFound` for another's, an unknown one, and one that is too old."""
        with self._lock:
            draft = self._drafts.get(name)
            if draft is not None and self._clock() - draft.made > self._seconds:
                del self._drafts[name]
                draft = None
        if draft is None or draft.user != user:
            raise NotFound(GONE)
        return draft

    def rewrite(self, user: str, name: str, view: s.SharedView) -> Draft:
        """The same preview with other words of its sender."""
        known = self.get(user, name)
        draft = replace(known, view=view, revision=known.revision + 1)
        with self._lock:
            self._drafts[name] = draft
        return draft
