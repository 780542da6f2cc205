"""Groups: which kinds of texture, in which modality?"""

from functools import partial

import pandas as pd
import streamlit as st

from frontend import context, figure, notices, numbers, session, words
from frontend.charts.heatmap import Measure, heat_map
from frontend.charts.modality_bars import modality_bars
from frontend.context import Context
from frontend.plain import plain
from shared import schemas as s

VIEWS: dict[str, Measure] = {"Change": "change", "Before": "pre", "After": "ft"}
MEASURES = ("r2", "r2_median", "mse", "r2_in_sample", "i")
COLUMNS = tuple(f"{measure}_{stage}" for measure in MEASURES for stage in ("pre", "ft"))


def page() -> None:
    """Draws the page."""
    here = context.current()
    if here is None:
        notices.nothing_analysed()
        return
    rows = session.groups(here.analysis.id)
    st.title("Which kinds of texture, in which modality?")
    with st.container(key="answer"):
        st.markdown(plain(answer(rows)))
    st.space("small")
    heat_maps(here)
    st.space("small")
    figure_two(here, rows)
    st.space("small")
    table(here, rows)


def answer(rows: list[s.GroupRow]) -> str:
    """The best and the most changed group, in two sentences."""
    scored = [
        row for row in rows if row.grouping == "modality_class" and row.r2_pre is not None and row.r2_ft is not None
    ]
    if not scored:
        return "No group could be scored on held-out studies."
    best = max(scored, key=lambda row: row.r2_ft or 0.0)
    if (best.r2_ft or 0.0) <= 0 and all((row.r2_pre or 0.0) <= 0 for row in scored):
        return (
            "No group can be decoded on held-out patients, before or after fine-tuning: every R² is zero or below, and "
            "changes below zero say nothing."
        )
    moved = max(scored, key=lambda row: abs(change(row)))
    way = "better" if change(moved) > 0 else "worse"
    return (
        f"After fine-tuning {words.group('modality_class', best.group)} is decoded best "
        f"(held-out R² {numbers.r2(best.r2_ft)}). {words.group('modality_class', moved.group)} changed most: it is "
        f"decoded {way} than before (R² {numbers.r2(moved.r2_pre)} → {numbers.r2(moved.r2_ft)}, "
        f"{numbers.change(change(moved))}). These are point values without intervals."
    )


def change(row: s.GroupRow) -> float:
    """Change of held-out R²; 0 where a stage is undefined."""
    return 0.0 if row.r2_pre is None or row.r2_ft is None else row.r2_ft - row.r2_pre


def heat_maps(here: Context) -> None:
    """The heat map of the shown analysis, and beside it the same task in its other region."""
    view = st.segmented_control("Show", list(VIEWS), default="Change", required=True, key="show", bind="query-params")
    shown = [here.analysis, *(other for other in here.family if other.id != here.analysis.id)]
    for column, analysis in zip(st.columns(len(shown), gap="large"), shown, strict=True):
        with column:
            st.markdown(f"###### {plain(name(analysis))}", anchors=False)
            modalities = [here.modality] if here.modality in analysis.modalities else analysis.modalities
            chart = heat_map(
                session.groups(analysis.id),
                modalities,
                VIEWS[view or "Change"],
                notices.made_of(analysis),
                figure.dark(),
            )
            figure.show(chart, f"heat-map-{analysis.id}")


def name(analysis: s.Analysis) -> str:
    """`SEG-L: Lesion segmentation, lesion region`."""
    column = words.table_one_column(analysis.task, analysis.roi)
    return f"{column}: {words.task(analysis.task)}, {analysis.roi} region"


def figure_two(here: Context, rows: list[s.GroupRow]) -> None:
    """Fig. 2 for every task of the cohort: the class with the highest R² after fine-tuning, by modality."""
    st.subheader("Best decoded class, by modality")
    shown = [other for other in here.of_cohort if session.analysis(other.id).fig2_class is not None]
    for start in range(0, len(shown), 2):
        pair = shown[start : start + 2]
        for column, analysis in zip(st.columns(2, gap="large"), pair, strict=False):
            of_class = session.analysis(analysis.id).fig2_class or ""
            with column:
                st.markdown(f"###### {plain(name(analysis))}", anchors=False)
                groups = rows if analysis.id == here.analysis.id else session.groups(analysis.id)
                chart = modality_bars(groups, analysis.modalities, of_class, notices.made_of(analysis), figure.dark())
                figure.show(chart, f"fig-2-{analysis.id}")


def table(here: Context, rows: list[s.GroupRow]) -> None:
    """Every group with all its numbers."""
    st.subheader("All groups")
    frame = pd.DataFrame(
        [
            {
                "grouping": words.GROUPINGS[row.grouping],
                "group": words.group(row.grouping, row.group),
                "features": row.n_features,
            }
            | {"ΔR²": None if row.r2_pre is None or row.r2_ft is None else row.r2_ft - row.r2_pre}
            | {column: getattr(row, column) for column in COLUMNS}
            for row in rows
        ]
    )
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "ΔR²": st.column_config.NumberColumn(format="%+.2f", help="Change of held-out R²."),
            **{column: st.column_config.NumberColumn(column_name(column), format="%.2f") for column in COLUMNS},
        },
        alt="Every feature group with its scores before and after fine-tuning.",
    )
    st.download_button(
        "Groups CSV",
        partial(session.client().csv, f"/analyses/{here.analysis.id}/groups"),
        file_name=f"groups-{here.analysis.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def column_name(column: str) -> str:
    """`R² median pre` for `r2_median_pre`."""
    return (
        column.replace("r2", "R²")
        .replace("mse", "MSE")
        .replace("i_pre", "I pre")
        .replace("i_ft", "I ft")
        .replace("_", " ")
    )


page()
