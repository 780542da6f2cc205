"""The paper's decoder on the Overview: its Table 1, Fig. 2 and Fig. 3 in folds, what its R² is, and its alerts."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import analyses
from frontend.components import chart_block, figure_downloads, notices, papers_figures
from frontend.components.context_bar import Context
from frontend.components.csv_button import csv_button
from frontend.drawn import chart
from frontend.drawn.table_one import table_one
from frontend.state import query_parameters
from frontend.text import causes_words, labels
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocol_words import spoken

MEASURES = {"Paper's R²": "r2", "MSE": "mse", "Paper's R² in sample": "r2_in_sample"}
ALERTS = ("few_studies", "optimistic_", "ill_conditioned_", "dead_units_", "other_widths")
"""Codes, or their beginnings, of alerts that are about the paper's decoder alone."""
ITS_R2 = (
    "Its R² is another number than the one above: it is read through a projection fitted before fine-tuning, on "
    "held-out studies, and may be below zero. A fall of it does not show that anything was lost."
)


def show(here: Context) -> None:
    """The paper's part, in folds that are drawn when opened; Table 1 is open where the paper's numbers lead."""
    st.subheader("The paper's decoder")
    st.markdown(escape_markdown(f"{ITS_R2} {its_columns(here.protocol)}".strip()))
    notices.alerts(doubts(here.detail.alerts))
    with st.expander(
        "Table 1 of the paper: every task of this cohort",
        expanded=not here.trusted,
        icon=":material/table_chart:",
        key="papers-decoder",
        on_change="rerun",
    ) as fold:
        if fold.open:
            table(here)
    papers_figures.show(here)


def its_columns(protocol: s.Protocol) -> str:
    """`CLS is PI-RADS in the gland, …`: the paper's short names of columns; empty where it has none."""
    papers = labels.PAPERS_COLUMNS.get(protocol.name, {})
    told = [
        f"{short} is {labels.task_within(protocol, task)} with radiomics of the {roi}"
        for (task, roi), short in papers.items()
    ]
    return f"{causes_words.listed(told)}." if told else ""


def doubts(alerts: Sequence[s.Alert]) -> list[s.Alert]:
    """Those that the paper's decoder prints about itself."""
    return [alert for alert in alerts if alert.code.startswith(ALERTS)]


@st.fragment
def table(here: Context) -> None:
    """Table 1 of the paper, every task of the cohort side by side, with a bar in every cell."""
    columns = {
        labels.table_one_column(here.protocol, one.task, one.roi): analyses.analysis(one.id).table_one
        for one in here.of_cohort
    }
    views: dict[tuple[str, ...], chart.Picture] = {
        (name,): table_one(columns, spelled_out(here), field, name, made_of(here.protocol, here.of_cohort))
        for name, field in MEASURES.items()
    }
    switch = chart.Switch(query_parameters.MEASURE, "Measure", tuple(MEASURES))
    picture = chart.show("overview-table-1", views, [switch], dark=chart_block.dark())
    st.caption(escape_markdown(here.detail.caption))
    with st.container(horizontal=True, gap="small"):
        figure_downloads.row(here.analysis.id, "table-1")
        csv_button(picture, f"table-1-{here.analysis.cohort_id}", "overview-table-1")


def made_of(protocol: s.Protocol, columns: Sequence[s.Analysis]) -> str:
    """N, K and seed; where the columns are of other studies each, the N of every column."""
    told = [notices.made_of(one) for one in columns]
    if len(set(told)) == 1:
        return told[0]
    names = [labels.table_one_column(protocol, one.task, one.roi) for one in columns]
    return " ".join(f"{name}: {text}" for name, text in zip(names, told, strict=True))


def spelled_out(here: Context) -> dict[str, str]:
    """What CLS, REG, SEG-L and SEG-P mean, at the head of their columns."""
    return {
        labels.table_one_column(here.protocol, one.task, one.roi): (
            f"{labels.task(here.protocol, one.task)}, {spoken(one.roi)}"
        )
        for one in here.of_cohort
    }
