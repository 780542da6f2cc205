"""The three ranks of alerts: a word, a mark and a colour each, and their order, alike on every page."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared import schemas as s


@dataclass(frozen=True, slots=True)
class Rank:
    """How a rank looks; no colour of a change, for blue and orange mean stronger and weaker."""

    word: str
    icon: str
    colour: str


RANKS = {
    "stop": Rank("stops", ":material/block:", "red"),
    "warning": Rank("doubt", ":material/warning:", "violet"),
    "info": Rank("note", ":material/info:", "gray"),
}


def badge(alert: s.Alert) -> str:
    """The Markdown of its rank: mark and word, never the colour alone."""
    rank = RANKS[alert.rank]
    return f":{rank.colour}-badge[{rank.icon} {rank.word}]"


def ranked(alerts: Sequence[s.Alert]) -> list[s.Alert]:
    """What stops first, then doubts, then notes; order kept within each."""
    return sorted(alerts, key=lambda alert: list(RANKS).index(alert.rank))
