"""The cases of a cohort, held once for all sessions and not copied for each run of a page.

Streamlit's own cache copies what it gives, which takes seconds for 20 000 cases. So it keeps the version that the API
told a user, for a few seconds and each user apart; the cases of that version lie here, and nobody changes them.
"""

from collections import OrderedDict
from threading import Lock

from frontend.api.cached_read import SECOND, cached_read
from frontend.api.connection import api_url
from shared.client import Client
from shared.packed_cases import HeldCases

MOST_CASES = 60_000
"""Cases that are held of all cohorts together: about 3 kB each."""


class HeldCohorts:
    """The cohorts asked for last, by server and id; safe to be used by several threads."""

    def __init__(self, most_cases: int = MOST_CASES) -> None:
        self._most_cases = most_cases
        self._held: OrderedDict[tuple[str, str], HeldCases] = OrderedDict()
        self._lock = Lock()

    def get(self, server: str, cohort_id: str) -> HeldCases | None:
        """What is held of a cohort."""
        with self._lock:
            return self._held.get((server, cohort_id))

    def put(self, server: str, cohort_id: str, held: HeldCases) -> None:
        """Holds a cohort, and removes those that were asked for longest ago where it is too much."""
        with self._lock:
            self._held[server, cohort_id] = held
            self._held.move_to_end((server, cohort_id))
            while len(self._held) > 1 and sum(len(one.cases) for one in self._held.values()) > self._most_cases:
                self._held.popitem(last=False)


_HELD = HeldCohorts()


@cached_read(ttl=10 * SECOND, max_entries=500, shared=True)
def version(client: Client, cohort_id: str) -> str:
    """The version of a cohort's cases, which then are held."""
    held = client.held_cases(cohort_id, _HELD.get(api_url(), cohort_id))
    _HELD.put(api_url(), cohort_id, held)
    return held.version


def of_cohort(cohort_id: str) -> HeldCases:
    """Every case of a cohort, refused and excluded ones too, by study id; where the API refuses, the page ends."""
    wanted = version(cohort_id)
    held = _HELD.get(api_url(), cohort_id)
    if held is None or held.version != wanted:  # somebody else's newer read, or it was let go
        version.clear()
        version(cohort_id)
        held = _HELD.get(api_url(), cohort_id)
    assert held is not None
    return held
