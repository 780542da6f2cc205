"""The ranking of an analysis on the page: filters, the three lists of the paper's Fig. 3, and those by trust."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from frontend.text import trust_words

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


def ranked_by(rows: pd.DataFrame) -> str:
    """The column that ranks: the effect read with its group where there is one (from 80 patients), else the effect."""
    return "effect_shrunk" if "effect_shrunk" in rows and rows["effect_shrunk"].notna().any() else "effect"


def order_words(rows: pd.DataFrame) -> str:
    """The order in a sentence."""
    if ranked_by(rows) == "effect":
        return "Largest effect first."
    return "Largest effect first, read with its group: from 80 patients that ranks better than a feature alone."


def flagged(rows: pd.DataFrame, flags: Sequence[str], most: int, rising: bool = False) -> pd.DataFrame:
    """Features with one of the flags, largest effect first, or the most negative first where `rising`."""
    found = rows[rows["flag"].isin(list(flags))]
    return found.sort_values(ranked_by(rows), ascending=rising, kind="stable").head(most)


def well_decoded_unchanged(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Features flagged unchanged, the best decoded (in the stage that carries them less) first."""
    still = rows[rows["flag"] == "unchanged"]
    least = still[["r2_pre", "r2_ft"]].min(axis=1)
    return still.loc[least.sort_values(ascending=False, kind="stable").index].head(most)


def opposite(rows: pd.DataFrame) -> int:
    """How many features flagged stronger or weaker have a ΔI that points the other way."""
    up, down = rows["flag"].isin(trust_words.UP), rows["flag"].isin(trust_words.DOWN)
    return int((up & (rows["delta_i"] < 0)).sum() + (down & (rows["delta_i"] > 0)).sum())
