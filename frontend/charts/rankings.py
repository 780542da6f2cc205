"""The three lists of the paper's Fig. 3: features that gain, lose or keep importance."""

import pandas as pd

from shared import schemas as s

GLOBALLY_HIGH = 0.75
"""Quantile of importance, in both stages, that a feature must reach to be listed as stable."""


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


def rows_of(frame: pd.DataFrame) -> list[s.RankingRow]:
    """The rows of a (short) ranking frame as the wire has them."""
    return [
        s.RankingRow.model_validate({name: None if pd.isna(value) else value for name, value in line.items()})
        for line in frame[list(s.RankingRow.model_fields)].to_dict("records")
    ]
