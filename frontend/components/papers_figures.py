"""Fig. 2 and Fig. 3 of the paper on the Overview, each in a fold that is drawn when it is opened."""

import pandas as pd
import streamlit as st

from frontend.api import analyses
from frontend.charts import rankings
from frontend.charts.dumbbell import features_dumbbell
from frontend.charts.modality_bars import modality_bars
from frontend.charts.pair import feature_pairs
from frontend.components import chart_block, figure_downloads, notices
from frontend.components.context_bar import Context

EACH = 6
"""Features of each of the three lists of Fig. 3."""


def show(here: Context) -> None:
    """Both folds, of the shown analysis."""
    with st.expander(
        "Fig. 2 of the paper: R² by modality",
        icon=":material/bar_chart:",
        key="papers-figure-2",
        on_change="rerun",
    ) as fold:
        if fold.open:
            by_modality(here)
    with st.expander(
        "Fig. 3 of the paper: features by the change of their importance",
        icon=":material/format_list_numbered:",
        key="papers-figure-3",
        on_change="rerun",
    ) as fold:
        if fold.open:
            by_importance(here)


def by_modality(here: Context) -> None:
    """R² of the class that is decoded best after fine-tuning, in every modality."""
    of_class = here.detail.fig2_class
    if of_class is None:
        st.markdown("No class could be scored on held-out studies.")
        return
    rows = analyses.groups(here.analysis.id)
    made_of, dark = notices.made_of(here.analysis), chart_block.dark()
    chart = modality_bars(rows, here.analysis.modalities, here.protocol, of_class, made_of, dark)
    chart_block.show(chart, "overview-figure-2")
    figure_downloads.row(here.analysis.id, "by-modality")


def by_importance(here: Context) -> None:
    """The features whose importance rose most, fell most, and stayed high in both stages."""
    ranking = analyses.ranking(here.analysis.id)
    high = rankings.globally_high(ranking)
    lists = [rankings.gaining(ranking, EACH), rankings.losing(ranking, EACH), rankings.stable(ranking, high, EACH)]
    rows = rankings.rows_of(pd.concat(lists).drop_duplicates("feature"))
    if not rows:
        st.markdown("No feature has an importance.")
        return
    made_of, dark = notices.made_of(here.analysis, len(rows)), chart_block.dark()
    chart_block.show(features_dumbbell(feature_pairs(rows), None, made_of, dark), "overview-figure-3")
