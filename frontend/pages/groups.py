"""The page Groups: change of each feature group, by modality and class, in every task and region of the cohort."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import analyses, cohorts, connection
from frontend.charts.modality_bars import best_class, modality_bars
from frontend.components import chart_block, context_bar, figure_downloads, notices, shown_part, version_one
from frontend.components.context_bar import Context
from frontend.components.csv_button import csv_button
from frontend.components.group_summary import change, led_answer
from frontend.drawn import chart
from frontend.drawn.heat import Shown, heat_maps
from frontend.drawn.heat_cells import Measure
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
    chart.style()
    rows = analyses.groups(here.analysis.id)
    st.title("Which kinds of texture, in which modality?")
    with st.container(key="answer"):
        st.markdown(escape_markdown(led_answer(here, rows)))
        version_one.notice(here)
    with st.container(border=True, key="card-heat"):
        maps(here)
    table(here, shown_part.of_modality(rows, here.modality))
    figure_two(here)


@st.fragment
def maps(here: Context) -> None:
    """The heat map of the shown analysis first, then every other task and region of its cohort on the same scale."""
    others = [one for one in here.of_cohort if one.id != here.analysis.id]
    shown = [_shown(here, one, named=bool(others)) for one in (here.analysis, *others)]
    views: chart.Views = {(name,): heat_maps(shown, measure, chart_block.dark()) for name, measure in VIEWS.items()}
    switch = chart.Switch(query_parameters.HEAT_MAP_VALUE, "Show", tuple(VIEWS))
    heading = "Change by class and modality" if not others else "Every task and region of this cohort"
    picture = chart.show("groups-heat", views, [switch], chart_block.dark(), heading)
    with st.container(horizontal=True, gap="small"):
        figure_downloads.row(here.analysis.id, "heat-map")
        csv_button(picture, f"heat-map-{here.analysis.id}", "groups-heat")


def _shown(here: Context, analysis: s.Analysis, named: bool) -> Shown:
    """One analysis as a heat map: the chosen modality where it has it, and its own words."""
    rows, detail = analyses.groups(analysis.id), analyses.analysis(analysis.id)
    return Shown(
        rows,
        [here.modality] if here.modality in analysis.modalities else analysis.modalities,
        notices.made_of(analysis, shown_part.n_features(rows, here.modality)),
        name(here.protocol, analysis) if named else "",
        trusted(here, analysis),
        words_of(analysis),
        detail.trust is not None and detail.trust.shared_change is not None,
    )


def trusted(here: Context, analysis: s.Analysis) -> bool:
    """Whether the trust block's numbers are shown for this analysis, which may have none."""
    return here.trusted and analyses.analysis(analysis.id).trust is not None


def words_of(analysis: s.Analysis) -> TrustWords:
    """The words of an analysis that may be another than the shown one."""
    detail = analyses.analysis(analysis.id)
    return trust_words.of(detail.trust, detail.alerts)


def name(protocol: s.Protocol, analysis: s.Analysis) -> str:
    """`SEG-L: Lesion segmentation, lesion region`; without the short name where the paper has none."""
    short = labels.PAPERS_COLUMNS.get(protocol.name, {}).get((analysis.task, analysis.roi))
    words = f"{labels.task(protocol, analysis.task)}, {spoken(analysis.roi)} region"
    return words if short is None else f"{short}: {words}"


def figure_two(here: Context) -> None:
    """Fig. 2 for every task of the cohort, in a fold that is drawn when it is opened."""
    shown = [one for one in here.of_cohort if class_of(here, one) is not None]
    if not shown:
        return
    with st.expander(
        "Best decoded class, by modality, as in the paper's Fig. 2",
        icon=":material/bar_chart:",
        key="groups-figure-2",
        on_change="rerun",
    ) as fold:
        if fold.open:
            for start in range(0, len(shown), ACROSS):
                row = shown[start : start + ACROSS]
                for column, analysis in zip(st.columns(max(2, len(row)), gap="large"), row, strict=False):
                    with column:
                        title = escape_markdown(name(here.protocol, analysis))
                        st.markdown(f"###### {title}", anchors=False)
                        fig_two_chart(here, analysis)


def fig_two_chart(here: Context, analysis: s.Analysis) -> None:
    """The best decoded class of an analysis by modality."""
    of_class = class_of(here, analysis)
    if of_class is not None:
        bars = modality_bars(
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
        chart_block.show(bars, f"fig-2-{analysis.id}")
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
    trust = here.detail.trust
    beyond = trust is not None and trust.shared_change is not None
    effect = "ΔR² beyond the change that all features share." if beyond else "ΔR²: no shared change was computed."
    st.dataframe(
        frame.style.format(written | {"features": numbers.count}),
        hide_index=True,
        column_config={
            "effect": st.column_config.NumberColumn(help=effect),
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
