"""Which workers have fallen silent, judged by one's own clock: the clocks of two hosts differ."""

from collections.abc import Mapping

SECONDS_OF_SILENCE = 60.0
"""A running job whose heartbeat has not changed for as long has lost its worker."""
LONGEST_BREAK = 20.0
"""Who did not look for longer cannot tell silence from a database that was away for everybody, and watches anew."""


class HeartbeatWatch:
    """Remembers each heartbeat since it was first seen; a heartbeat is only ever compared with itself."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str | None, float]] = {}
        self._looked = float("-inf")

    def silent(self, heartbeats: Mapping[str, str | None], at: float) -> set[str]:
        """The jobs of these heartbeats that have been silent; `at` is now, in seconds of a clock of this process."""
        if at - self._looked > LONGEST_BREAK:
            self._seen.clear()
        self._looked = at
        before = self._seen
        self._seen = {
            job: before[job] if job in before and before[job][0] == beat else (beat, at)
            for job, beat in heartbeats.items()
        }
        return {job for job, (_, since) in self._seen.items() if at - since >= SECONDS_OF_SILENCE}
