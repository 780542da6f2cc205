"""The paper's decoder on the Overview: its Table 1, Fig. 2 and Fig. 3 in folds, what its R² is, and its alerts."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import analyses
from frontend.charts.table_one import row_name, rows_of, table_one_chart
from frontend.components import chart_block, figure_downloads, notices, papers_figures
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import causes_words, labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocol_words import spoken

MEASURES = {"Paper's R²": "r2", "MSE": "mse", "Paper's R² in sample": "r2_in_sample"}
Columns = dict[str, list[s.TableOneCell]]
ALERTS = ("few_studies", "optimistic_", "ill_conditioned_", "dead_units_", "other_widths")
"""Codes, or their beginnings, of alerts under which the paper's table is folded away."""
ITS_R2 = (
    "Its R² is another number than the one above: it is read through a projection fitted before fine-tuning, on "
    "held-out studies, and may be below zero. A fall of it does not show that anything was lost."
)


def show(here: Context) -> None:
    """The paper's Table 1 in a fold of its own; closed where one of its own alerts says it misleads here."""
    doubtful = doubts(here.detail.alerts)
    st.subheader("The paper's decoder")
    st.markdown(escape_markdown(f"{ITS_R2} {its_columns(here.protocol)}".strip()))
    notices.alerts(doubtful)
    with st.expander(
        "Table 1 of the paper: every task of this cohort",
        expanded=not doubtful,
        icon=":material/table_chart:",
        key="papers-decoder",
    ):
        table_one(here, here.detail)
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


def table_one(here: Context, detail: s.AnalysisDetail) -> None:
    """Table 1 of the paper, every task of the cohort side by side, as table and as chart."""
    columns: Columns = {
        labels.table_one_column(here.protocol, analysis.task, analysis.roi): analyses.analysis(analysis.id).table_one
        for analysis in here.of_cohort
    }
    measure = st.segmented_control(
        "Measure",
        list(MEASURES),
        default="Paper's R²",
        required=True,
        key=query_parameters.MEASURE,
        bind="query-params",
    )
    field = MEASURES[measure or "Paper's R²"]
    frame = table_one_frame(columns, field)
    written: dict[Any, Any] = dict.fromkeys(frame.columns[2:], numbers.r2)
    st.dataframe(
        frame.style.format(written | {"Features": numbers.count}),
        hide_index=True,
        height="content",
        column_config=spelled_out(here),
        alt=f"Table 1: {measure} before and after fine-tuning by feature group and task.",
    )
    st.caption(escape_markdown(detail.caption))
    st.download_button(
        "Table 1 CSV",
        frame.to_csv(index=False).encode(),
        file_name=f"table-1-{here.analysis.cohort_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    chart_block.show(
        table_one_chart(columns, made_of(here.protocol, here.of_cohort), chart_block.dark()), "overview-table-1"
    )
    figure_downloads.row(here.analysis.id, "table-1")


def made_of(protocol: s.Protocol, columns: Sequence[s.Analysis]) -> str:
    """N, K and seed; where the columns are of other studies each, the N of every column."""
    told = [notices.made_of(one) for one in columns]
    if len(set(told)) == 1:
        return told[0]
    names = [labels.table_one_column(protocol, one.task, one.roi) for one in columns]
    return " ".join(f"{name}: {text}" for name, text in zip(names, told, strict=True))


def spelled_out(here: Context) -> dict[str, Any]:
    """What CLS, REG, SEG-L and SEG-P mean, at the head of their columns."""
    return {
        f"{labels.table_one_column(here.protocol, one.task, one.roi)} {stage}": st.column_config.Column(
            help=escape_markdown(
                f"{labels.task(here.protocol, one.task)}, radiomics of the {spoken(one.roi)}, {when} fine-tuning."
            )
        )
        for one in here.of_cohort
        for stage, when in (("pre", "before"), ("ft", "after"))
    }


def table_one_frame(columns: Columns, field: str) -> pd.DataFrame:
    """Rows as in the paper, two columns a task: `CLS pre`, `CLS ft`."""
    rows = rows_of(columns)
    by_row = {name: {cell.row: cell for cell in cells} for name, cells in columns.items()}
    features = {row: next(cells[row].n_features for cells in by_row.values() if row in cells) for row in rows}
    frame: dict[str, list[object]] = {
        "Group": [row_name(row) for row in rows],
        "Features": [features[row] for row in rows],
    }
    for name, cells in by_row.items():
        for stage in ("pre", "ft"):
            frame[f"{name} {stage}"] = [
                getattr(cells[row], f"{field}_{stage}") if row in cells else None for row in rows
            ]
    return pd.DataFrame(frame)
