"""The page Groups: change of each feature group, by modality and class."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import analyses, cohorts, connection
from frontend.charts.effect_chart import effect_chart
from frontend.charts.effect_rows import group_rows
from frontend.charts.effect_words import groups_title
from frontend.charts.heatmap import Measure, heat_map
from frontend.charts.modality_bars import best_class, modality_bars
from frontend.components import (
    chart_block,
    context_bar,
    figure_downloads,
    notices,
    shown_part,
    trust_summary,
    version_one,
)
from frontend.components.context_bar import Context
from frontend.components.group_summary import change, led_answer
from frontend.state import query_parameters
from frontend.text import labels, numbers, trust_words
from frontend.text.escape import escape_markdown
from frontend.text.trust_words import TrustWords
from shared import schemas as s
from shared.protocol_words import spoken

VIEWS: dict[str, Measure] = {"Change": "change", "Before": "pre", "After": "ft"}
MEASURES = ("r2", "r2_median", "mse", "r2_in_sample", "i")
COLUMNS = tuple(f"{measure}_{stage}" for measure in MEASURES for stage in ("pre", "ft"))
ACROSS = 3  # charts a row at most
PAPER_CHANGE = "paper ΔR²"


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    rows = analyses.groups(here.analysis.id)
    st.title("Which kinds of texture, in which modality?")
    with st.container(key="answer"):
        st.markdown(escape_markdown(led_answer(here, rows)))
    if here.trusted and here.detail.trust is not None:
        trust_summary.line(here.protocol, here.detail.trust)
        version_one.notice(here)
    st.space("small")
    heat_maps(here)
    if here.trusted:
        st.space("small")
        effects(here, rows)
    st.space("small")
    figure_two(here)
    st.space("small")
    table(here, rows)


def heat_maps(here: Context) -> None:
    """The heat map of the shown analysis, and beside it the same task in its other region."""
    view = st.segmented_control(
        "Show", list(VIEWS), default="Change", required=True, key=query_parameters.HEAT_MAP_VALUE, bind="query-params"
    )
    shown = [here.analysis, *(other for other in here.family if other.id != here.analysis.id)]

    def draw(analysis: s.Analysis) -> None:
        modalities = [here.modality] if here.modality in analysis.modalities else analysis.modalities
        chart = heat_map(
            analyses.groups(analysis.id),
            modalities,
            VIEWS[view or "Change"],
            notices.made_of(analysis, shown_part.n_features(analyses.groups(analysis.id), here.modality)),
            chart_block.dark(),
            trusted(here, analysis),
            words_of(analysis),
        )
        chart_block.show(chart, f"heat-map-{analysis.id}")
        figure_downloads.row(analysis.id, "heat-map")

    if len(shown) > 1:
        side_by_side(shown, draw)
        return
    picture, reading = st.columns([3, 2], gap="large")
    with picture:
        draw(here.analysis)
    with reading:
        fig_two_chart(here, here.analysis)


def effects(here: Context, rows: list[s.GroupRow]) -> None:
    """Every group's effect with its interval, the label's share, runs and controls."""
    shown = group_rows(rows, here.detail.trust, here.modality)
    if shown:
        title = groups_title(shown, here.words)
        made_of, dark = shown_part.made_of(here, rows), chart_block.dark()
        chart_block.show(
            effect_chart(shown, title, "group-effects", made_of, dark, here.words, beside=True), "groups-effects"
        )


def trusted(here: Context, analysis: s.Analysis) -> bool:
    """Whether the trust block's numbers are shown for this analysis, which may have none."""
    return here.trusted and analyses.analysis(analysis.id).trust is not None


def words_of(analysis: s.Analysis) -> TrustWords:
    """The words of an analysis that may be another than the shown one."""
    detail = analyses.analysis(analysis.id)
    return trust_words.of(detail.trust, detail.alerts)


def side_by_side(shown: Sequence[s.Analysis], draw: Callable[[s.Analysis], None]) -> None:
    """One chart an analysis, in rows that are filled."""
    across = len(shown) if len(shown) <= ACROSS else 2
    for start in range(0, len(shown), across):
        row = shown[start : start + across]
        columns = st.columns(max(2, len(row)), gap="large")[: len(row)]  # one alone would be very wide
        for column, analysis in zip(columns, row, strict=True):
            with column:
                st.markdown(
                    f"###### {escape_markdown(name(cohorts.protocol(analysis.cohort_id), analysis))}", anchors=False
                )
                draw(analysis)


def name(protocol: s.Protocol, analysis: s.Analysis) -> str:
    """`SEG-L: Lesion segmentation, lesion region`; without the short name where the paper has none."""
    short = labels.PAPERS_COLUMNS.get(protocol.name, {}).get((analysis.task, analysis.roi))
    words = f"{labels.task(protocol, analysis.task)}, {spoken(analysis.roi)} region"
    return words if short is None else f"{short}: {words}"


def figure_two(here: Context) -> None:
    """Fig. 2 for every task of the cohort: the class with the highest R² after fine-tuning, by modality."""
    beside_heat_map = {here.analysis.id} if len(here.family) == 1 else set()
    shown = [other for other in here.of_cohort if other.id not in beside_heat_map and class_of(here, other) is not None]
    if not shown:
        return
    where = ", in the other tasks" if beside_heat_map else ""
    st.subheader(f"Best decoded class, by modality{where}")
    side_by_side(shown, partial(fig_two_chart, here))


def fig_two_chart(here: Context, analysis: s.Analysis) -> None:
    """The best decoded class of an analysis by modality."""
    of_class = class_of(here, analysis)
    if of_class is not None:
        chart = modality_bars(
            analyses.groups(analysis.id),
            analysis.modalities,
            cohorts.protocol(analysis.cohort_id),
            of_class,
            notices.made_of(analysis),
            chart_block.dark(),
            trusted(here, analysis),
            words_of(analysis),
            floor_of(here, analysis),
        )
        chart_block.show(chart, f"fig-2-{analysis.id}")
        figure_downloads.row(analysis.id, "by-modality")


def floor_of(here: Context, analysis: s.Analysis) -> float | None:
    """The control floor of an analysis where its trusted numbers are shown."""
    trust = analyses.analysis(analysis.id).trust
    return trust.control_floor if trust is not None and here.trusted else None


def class_of(here: Context, analysis: s.Analysis) -> str | None:
    """The class with the highest R² after fine-tuning: the paper's held-out, or the trust block's."""
    if trusted(here, analysis):
        return best_class(analyses.groups(analysis.id))
    return analyses.analysis(analysis.id).fig2_class


def table(here: Context, rows: list[s.GroupRow]) -> None:
    """Every group with all its numbers, those that lead first."""
    st.subheader("All groups")
    frame = table_frame(here, rows)
    written: dict[Any, Any] = dict.fromkeys(frame.select_dtypes("number"), numbers.r2)
    written |= {column: numbers.change for column in ("effect", "given label", "ΔR²", PAPER_CHANGE) if column in frame}
    st.dataframe(
        frame.style.format(written | {"features": numbers.count}),
        hide_index=True,
        column_config={
            "effect": st.column_config.NumberColumn(help="ΔR² beyond the change that all features share."),
            "interval": st.column_config.TextColumn("95 % interval", help="Of the effect."),
            "given label": st.column_config.NumberColumn(help="The effect with the label known to both stages."),
            "runs": st.column_config.TextColumn(help="Runs whose own effect has this sign and is beyond 0.03, of all."),
            f"{here.words.r2} pre": st.column_config.NumberColumn(help="Of the trust block, each patient held out."),
            f"{here.words.r2} ft": st.column_config.NumberColumn(help="Of the trust block, each patient held out."),
            "ΔR²": st.column_config.NumberColumn(help=f"Change of {here.words.r2}."),
            PAPER_CHANGE: st.column_config.NumberColumn(help="Change of held-out R² with the paper's decoders."),
            **{column: column_name(column) for column in COLUMNS},
        },
        alt="Every feature group with its scores before and after fine-tuning.",
    )
    st.download_button(
        "Groups CSV",
        partial(connection.client().csv, f"/analyses/{here.analysis.id}/groups"),
        file_name=f"groups-{here.analysis.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def table_frame(here: Context, rows: list[s.GroupRow]) -> pd.DataFrame:
    """One row a group: names, then the trust block's columns and the paper's, in the order of the sort."""
    lines = []
    for row in rows:
        names = {
            "grouping": labels.GROUPINGS[row.grouping],
            "group": labels.group(row.grouping, row.group),
            "features": row.n_features,
        }
        paper = {PAPER_CHANGE: change(row.r2_pre, row.r2_ft)}
        paper |= {column: getattr(row, column) for column in COLUMNS}
        trusted_columns = {} if here.detail.trust is None else trust_columns(row, here.words)
        lines.append(names | (trusted_columns | paper if here.trusted else paper | trusted_columns))
    frame = pd.DataFrame(lines)
    return frame.sort_values("effect", ascending=False, kind="stable") if here.trusted else frame


def trust_columns(row: s.GroupRow, words: TrustWords) -> dict[str, object]:
    """Columns of the trust block: the flag, then the numbers."""
    return {
        "flag": words.flag(row.flag),
        "effect": row.effect,
        "interval": numbers.interval(row.ci_low, row.ci_high),
        **({} if row.effect_given_label is None else {"given label": row.effect_given_label}),
        **({} if (row.n_runs or 1) < 2 else {"runs": f"{row.n_runs_agree} of {row.n_runs}"}),
        f"{words.r2} pre": row.trust_r2_pre,
        f"{words.r2} ft": row.trust_r2_ft,
        "ΔR²": change(row.trust_r2_pre, row.trust_r2_ft),
    }


def column_name(column: str) -> str:
    """`paper R² median pre` for `r2_median_pre`."""
    return "paper " + (
        column.replace("r2", "R²")
        .replace("mse", "MSE")
        .replace("i_pre", "I pre")
        .replace("i_ft", "I ft")
        .replace("_", " ")
    )


page()
