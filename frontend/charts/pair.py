"""One row of a dumbbell chart: a group or a feature before and after, and how sure its change is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from frontend.charts import style
from frontend.text import labels, numbers
from shared import schemas as s


@dataclass(frozen=True, slots=True)
class Pair:
    """A level before and after; with `flag`, also the trust effect, its interval, and that given the label."""

    label: str
    pre: float
    ft: float
    key: str = ""
    modality: str = ""
    note: str = ""
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    flag: s.Flag | None = None
    given: float | None = None

    @property
    def change(self) -> float:
        """Change of the row: the effect beyond the shared change where it is known, else the plain difference."""
        return self.ft - self.pre if self.effect is None else self.effect

    @property
    def expected(self) -> float | None:
        """Where `ft` would be, had this row changed as all features did."""
        return None if self.effect is None else self.ft - self.effect

    @property
    def whisker(self) -> tuple[float, float] | None:
        """The effect's interval around `ft`; it excludes `expected` where the effect's interval excludes zero."""
        if self.expected is None or self.low is None or self.high is None:
            return None
        return self.expected + self.low, self.expected + self.high

    def colour(self, margin: float) -> str:
        """Colour by its flag; without one, by a change beyond `margin` of what is above zero in one stage at least."""
        if self.flag is not None:
            return style.FLAG_COLOUR.get(self.flag, style.UNCHANGED)
        return style.direction(self.change if self.says_something else None, margin)

    @property
    def says_something(self) -> bool:
        """Whether its change can be read."""
        return style.says_something(self.pre, self.ft)


def group_pairs(
    groups: Sequence[s.GroupRow], grouping: str, modality: str | None = None, trusted: bool = False
) -> list[Pair]:
    """Groups with R² in both stages, largest gain first: the paper's R², or the trust block's with its effect.

    Of the paper's, which has no flags, those below zero in both stages come last.
    """
    of_grouping = [
        row
        for row in groups
        if row.grouping == grouping
        if modality is None or row.group == modality or row.group.startswith(f"{modality}_")
    ]
    pairs = [pair for row in of_grouping if (pair := _group_pair(row, trusted)) is not None]
    return sorted(pairs, key=lambda pair: (not (trusted or pair.says_something), -pair.change))


def feature_pairs(rows: Sequence[s.RankingRow]) -> list[Pair]:
    """Features by importance as in the paper; order kept."""
    return [Pair(row.label, row.i_pre, row.i_ft, row.feature, row.modality) for row in rows]


def pair_frame(pairs: Sequence[Pair]) -> pd.DataFrame:
    """The numbers of the rows; effect, interval and flag where they are known."""
    columns = ["key", "label", "modality", "pre", "ft", "effect", "low", "high", "given", "flag"]
    frame = pd.DataFrame([[getattr(pair, column) for column in columns] for pair in pairs], columns=columns)
    called = {"key": "name", "low": "ci_low", "high": "ci_high", "given": "effect_given_label"}
    return frame.rename(columns=called).dropna(axis=1, how="all")


def _group_pair(row: s.GroupRow, trusted: bool) -> Pair | None:
    pre, ft = (row.trust_r2_pre, row.trust_r2_ft) if trusted else (row.r2_pre, row.r2_ft)
    if pre is None or ft is None:
        return None
    pair = Pair(
        labels.group(row.grouping, row.group), pre, ft, row.group, note=numbers.counted(row.n_features, "feature")
    )
    return _weighed(pair, row) if trusted else pair


def _weighed(pair: Pair, row: s.Trusted) -> Pair:
    return replace(
        pair,
        effect=row.effect,
        low=row.ci_low,
        high=row.ci_high,
        flag=row.flag,
        given=row.effect_given_label,
    )
