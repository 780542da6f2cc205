"""One thing a reader must know before believing the numbers, and its rank: it stops, it is a doubt, or it is a note."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Rank = Literal["stop", "warning", "info"]
RANKS: tuple[Rank, ...] = ("stop", "warning", "info")
"""What stops a reading, what makes it doubtful, and what only says how it was made; in this order."""
STOPS = {"rows_mismatched", "collapse", "too_few_patients", "trust_version_1"}
"""Codes under which a result must not be read before something is mended."""
NOTES = {
    *("repeated_studies", "deleted_in_groups", "outside_training_range", "class_spellings"),
    *("constant_features", "duplicate_features", "missing_features", "subgroup"),
}
"""Codes that say how a result was made, and take nothing from it."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to know, with the reason; `code` is stable and meant for scripts."""

    code: str
    sentence: str
    why: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)

    @property
    def rank(self) -> Rank:
        """How much it takes from the result; a doubt where nothing else is known."""
        return "stop" if self.code in STOPS else "info" if self.code in NOTES else "warning"


def ranked(alerts: Iterable[Alert]) -> list[Alert]:
    """What stops first, then doubts, then notes; order kept within each."""
    return sorted(alerts, key=lambda alert: RANKS.index(alert.rank))
