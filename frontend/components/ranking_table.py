"""The ranking as a table on the page: every filtered feature with the paper's numbers and those that can be trusted."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from frontend.api import connection
from frontend.charts import rankings
from frontend.components import feature_drawer, stars
from frontend.components.context_bar import Context
from frontend.text import numbers

PAPER_COLUMNS = ("rank_paper", "i_pre", "i_ft", "delta_i", "paper_r2_pre", "paper_r2_ft")
TRUST_COLUMNS = ("flag", "effect", "ci_low", "ci_high", "q", "r2_pre", "r2_ft")
MORE = ("effect_shrunk", "effect_given_label", "label_borne", "n_runs_agree", "used")
"""Columns of the trust block that stand only where an analysis has them."""
SIGNED = (
    "effect",
    "ci_low",
    "ci_high",
    "r2_pre",
    "r2_ft",
    "effect_shrunk",
    "effect_given_label",
    "label_borne",
    "used",
)
"""Columns of two digits around zero."""


def show(here: Context, rows: pd.DataFrame) -> None:
    """All filtered features; choosing a row opens it."""
    st.subheader(f"All {numbers.counted(len(rows), 'feature')}")
    more = [name for name in MORE if rows[name].notna().any()]
    of_trust = (*TRUST_COLUMNS, *more) if here.detail.trust is not None else ()
    both = (*of_trust, *PAPER_COLUMNS) if here.trusted else (*PAPER_COLUMNS, *of_trust)
    both = (*both, "icc") if rows["icc"].notna().any() else both
    shown = rows[["label", "modality", *both, "feature"]].sort_values(
        rankings.ranked_by(rows) if here.trusted else "rank_paper", ascending=not here.trusted, kind="stable"
    )
    signed = [name for name in SIGNED if name in shown]
    shown[signed] = shown[signed].map(numbers.drawn_zero, na_action="ignore")
    starred = stars.features(here.analysis.id)
    named = zip(shown["label"], shown["feature"], strict=True)
    shown["label"] = [stars.marked(label, feature in starred) for label, feature in named]
    if "flag" in shown:
        shown = shown.assign(flag=shown["flag"].map(here.words.flag))
    places = np.flatnonzero(shown["feature"] == feature_drawer.chosen()).tolist()
    st.dataframe(
        shown,
        hide_index=True,
        placeholder=numbers.NONE,
        height=420,
        key=feature_drawer.table_key(),
        on_select=partial(feature_drawer.choose_row, list(shown["feature"])),
        selection_mode="single-row",
        selection_default={"selection": {"rows": places}},
        column_config=column_config(here),
        alt=f"Ranking of {numbers.counted(len(rows), 'feature')} with effects, importance and R² before and after.",
    )
    order = f"{rankings.order_words(rows)} " if here.trusted else ""
    st.caption(f"{order}Choose a row to see what the feature is and which patients carry its change.")
    st.download_button(
        "Ranking CSV",
        partial(
            connection.client().csv,
            f"/analyses/{here.analysis.id}/ranking",
            sort="effect" if here.trusted else "delta_i",
        ),
        file_name=f"ranking-{here.analysis.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        help="All features of this analysis, whatever the filters.",
        on_click="ignore",
    )


def column_config(here: Context) -> dict[str, Any]:
    """Names, digits and explanations of the table's columns."""
    number, r2 = st.column_config.NumberColumn, here.words.r2
    how = "each patient held out, straight from the embedding."
    runs = here.detail.trust.runs if here.detail.trust is not None else None
    of_runs = "" if runs is None else f", of {runs.n_runs}"
    return {
        "label": st.column_config.TextColumn("In words", width="large"),
        "modality": "Modality",
        "flag": st.column_config.TextColumn("Flag", help="What the trust block says."),
        "effect": number("Effect", format="%+.2f", help="ΔR² beyond the change that all features share."),
        "ci_low": number("from", format="%+.2f", help="Lower end of the effect's 95 % interval."),
        "ci_high": number("to", format="%+.2f", help="Upper end of the effect's 95 % interval."),
        "q": number(
            "q",
            format="%.3f",
            help="False-discovery rate at which this change would be called one; none where its group shows no change, "
            "so that the feature was not tested.",
        ),
        "r2_pre": number(f"{r2} pre", format="%.2f", help=f"Of the trust block, before fine-tuning: {how}"),
        "r2_ft": number(f"{r2} ft", format="%.2f", help=f"Of the trust block, after fine-tuning: {how}"),
        "effect_shrunk": number("With its group", format="%+.2f", help="The effect read with its group."),
        "effect_given_label": number("Given label", format="%+.2f", help="The effect with the label known."),
        "label_borne": number("Label's part", format="%+.2f", help="Of the effect, what goes with the label."),
        "n_runs_agree": number("Runs", format="%d", help=f"Runs that agree{of_runs}."),
        "used": number("Used", format="%+.2f", help="What the task's head loses when this feature is erased."),
        "rank_paper": number("Rank by ΔI", help="1 is the largest rise of importance.", width="small"),
        "i_pre": number("I pre", format="%.3g"),
        "i_ft": number("I ft", format="%.3g"),
        "delta_i": number("ΔI", format="%+.3g", help="A weight norm: not explanatory power."),
        "paper_r2_pre": number("paper R² pre", format="%.2f", help="Held out, with the paper's decoders."),
        "paper_r2_ft": number("paper R² ft", format="%.2f", help="Held out, with the paper's decoders."),
        "icc": number("ICC", format="%.2f", help="Repeatability between two measurements; below 0.75 read no shift."),
        "feature": st.column_config.TextColumn("PyRadiomics name", width="large"),
    }
