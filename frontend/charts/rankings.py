"""The ranking of an analysis on the page: filters, the three lists of the paper's Fig. 3, and those by trust."""

from dataclasses import dataclass

import pandas as pd

GLOBALLY_HIGH = 0.75
"""Quantile of importance, in both stages, that a feature must reach to be listed as stable."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What to keep of a ranking; None and the empty text keep everything."""

    modality: str | None = None
    feature_class: str | None = None
    image_type: str | None = None
    flag: str | None = None
    text: str = ""

    def of(self, ranking: pd.DataFrame) -> pd.DataFrame:
        """The matching rows, order kept; every word of `text` must occur in the feature's name or words."""
        keep = pd.Series(True, index=ranking.index)
        for column in ("modality", "feature_class", "image_type", "flag"):
            wanted = getattr(self, column)
            if wanted is not None:
                keep &= ranking[column] == wanted
        if self.text.strip():
            names = (ranking["feature"] + " " + ranking["label"]).str.casefold()
            for word in self.text.casefold().split():
                keep &= names.str.contains(word, regex=False)
        return ranking[keep]


def globally_high(ranking: pd.DataFrame) -> pd.Series:
    """Which features of the whole ranking are in the top quarter of importance in both stages."""
    high = pd.Series(True, index=ranking.index)
    for column in ("i_pre", "i_ft"):
        high &= ranking[column] >= ranking[column].quantile(GLOBALLY_HIGH)
    return high


def gaining(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Largest positive ΔI first."""
    return rows[rows["delta_i"] > 0].sort_values("delta_i", ascending=False, kind="stable").head(most)


def losing(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Largest negative ΔI first."""
    return rows[rows["delta_i"] < 0].sort_values("delta_i", kind="stable").head(most)


def stable(rows: pd.DataFrame, high: pd.Series, most: int) -> pd.DataFrame:
    """Smallest |ΔI| first, among the rows that are `high` in the whole ranking."""
    candidates = rows[high.reindex(rows.index)]
    return candidates.loc[candidates["delta_i"].abs().sort_values(kind="stable").index].head(most)


def stronger(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Features flagged stronger, largest effect first."""
    return rows[rows["flag"] == "stronger"].sort_values("effect", ascending=False, kind="stable").head(most)


def weaker(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Features flagged weaker, largest effect first."""
    return rows[rows["flag"] == "weaker"].sort_values("effect", kind="stable").head(most)


def well_decoded_unchanged(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Features flagged unchanged, the best decoded (in the stage that carries them less) first."""
    still = rows[rows["flag"] == "unchanged"]
    least = still[["r2_pre", "r2_ft"]].min(axis=1)
    return still.loc[least.sort_values(ascending=False, kind="stable").index].head(most)


def opposite(rows: pd.DataFrame) -> int:
    """How many flagged features have a ΔI that points the other way."""
    up, down = rows["flag"] == "stronger", rows["flag"] == "weaker"
    return int((up & (rows["delta_i"] < 0)).sum() + (down & (rows["delta_i"] > 0)).sum())
