"""The page Shifts: which features gained, lost or stayed, as lists, charts and table."""

import pandas as pd
import streamlit as st

from frontend.api import analyses
from frontend.charts import rankings
from frontend.charts.dumbbell import features_dumbbell
from frontend.charts.effects import effect_scatter, shift_scatter
from frontend.charts.pair import feature_pairs
from frontend.components import (
    chart_block,
    context_bar,
    evidence_panel,
    feature_drawer,
    notices,
    power_statement,
    ranking_table,
    trust_summary,
)
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST = 6
LISTS = {
    "Gaining": "Largest rise of importance",
    "Losing": "Largest fall of importance",
    "Stable": "Least change among features of high importance in both stages",
    "Stronger": "Flagged stronger, largest effect first",
    "Weaker": "Flagged weaker, largest effect first",
    "Unchanged": "Flagged unchanged, best decoded in both stages first",
}
BADGE = {"T2": "blue", "DWI": "orange", "ADC": "green"}


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    everything = analyses.ranking(here.analysis.id)
    st.title("Which features did it change?")
    power_statement.statement(here)
    with st.container(key="answer"):
        st.markdown(escape_markdown(answer(here, everything)))
    if here.detail.trust is not None:
        trust_summary.line(here.detail.trust)
    wanted = filters(here, everything)
    rows = wanted.of(everything)
    if rows.empty:
        st.info("No feature matches these filters. Take one away to see more.", icon=":material/filter_alt_off:")
        return
    three = lists(here, everything, rows)
    columns(here, three)
    st.space("small")
    pictures(here, three, rows)
    ranking_table.show(here, rows)
    feature_drawer.show(here)


def answer(here: Context, ranking: pd.DataFrame) -> str:
    """Counts by flag, or by direction of ΔI, and how far ΔI can be believed."""
    if here.trusted:
        return flags_answer(ranking)
    up, down = int((ranking["delta_i"] > 0).sum()), int((ranking["delta_i"] < 0).sum())
    gained = ranking["paper_r2_ft"] - ranking["paper_r2_pre"]
    opposite = int((ranking["delta_i"] * gained < 0).sum())
    return (
        f"Importance rose for {numbers.count(up)} features and fell for {numbers.count(down)}. For "
        f"{numbers.count(opposite)} of {numbers.count(len(ranking))} held-out decoding moved the other way: ΔI is a "
        "weight norm, and weights shrink when a signal grows."
    )


def flags_answer(ranking: pd.DataFrame) -> str:
    """`14 stronger, 9 weaker, ...`, and for how many of them the paper's ΔI points the other way."""
    flags = {str(flag): int(n) for flag, n in ranking["flag"].value_counts().items()}
    changed = flags.get("stronger", 0) + flags.get("weaker", 0)
    counts = f"{trust_summary.counts(flags)}."
    if not changed:
        return (
            f"{counts} No single feature changed beyond chance and the margin; see Groups for what can still be read."
        )
    opposite = rankings.opposite(ranking)
    if changed == 1:
        return (
            f"{counts} For the one that changed, the paper's ΔI points {'the other' if opposite else 'the same'} way."
        )
    return (
        f"{counts} For {numbers.count(opposite)} of the {numbers.count(changed)} that changed, the paper's ΔI points "
        "the other way."
    )


def filters(here: Context, ranking: pd.DataFrame) -> rankings.Filter:
    """The filter row, bound to the address; the modality comes from the bar above."""
    classes = {labels.feature_class(name): name for name in sorted(ranking["feature_class"].unique())}
    images = {labels.image_type(name): name for name in sorted(ranking["image_type"].unique())}
    flags = {word: name for name, word in labels.FLAGS.items() if (ranking["flag"] == name).any()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        of_class = st.selectbox(
            "Class",
            list(classes),
            index=None,
            placeholder="All classes",
            key=query_parameters.FEATURE_CLASS,
            bind="query-params",
            width=190,
        )
        of_image = st.selectbox(
            "Image type",
            list(images),
            index=None,
            placeholder="All image types",
            key=query_parameters.IMAGE_TYPE,
            bind="query-params",
            width=190,
        )
        of_flag = None
        if flags:
            of_flag = st.selectbox(
                "Flag",
                list(flags),
                index=None,
                placeholder="All flags",
                key=query_parameters.FLAG,
                bind="query-params",
                width=190,
                help=". ".join(f"**{labels.FLAGS[name]}**: {labels.FLAG_MEANING[name]}" for name in labels.FLAGS) + ".",
            )
        text = st.text_input(
            "Search",
            placeholder="words or a PyRadiomics name",
            key=query_parameters.FEATURE_TEXT,
            bind="query-params",
            width=300,
        )
    return rankings.Filter(
        here.modality, classes.get(of_class or ""), images.get(of_image or ""), flags.get(of_flag or ""), text or ""
    )


def lists(here: Context, everything: pd.DataFrame, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The three rankings among the filtered rows; what counts as high is judged on all features."""
    if here.trusted:
        return {
            "Stronger": rankings.stronger(rows, MOST),
            "Weaker": rankings.weaker(rows, MOST),
            "Unchanged": rankings.well_decoded_unchanged(rows, MOST),
        }
    return {
        "Gaining": rankings.gaining(rows, MOST),
        "Losing": rankings.losing(rows, MOST),
        "Stable": rankings.stable(rows, rankings.globally_high(everything), MOST),
    }


def columns(here: Context, three: dict[str, pd.DataFrame]) -> None:
    """Three columns as in the paper's Fig. 3, or the same by flag."""
    with st.container(key="rankings"):
        for column, (name, frame) in zip(st.columns(3, gap="medium"), three.items(), strict=True):
            with (
                column,
                st.container(border=True, height="stretch" if 2 * len(frame) >= MOST else "content", gap="xsmall"),
            ):
                st.markdown(f"##### {name}", anchors=False)
                st.caption(LISTS[name])
                if frame.empty:
                    st.markdown(f"None is flagged {name.lower()} here." if here.trusted else "None here.")
                for place, row in enumerate(rows_of(frame), start=1):
                    entry(name, place, row, here.trusted)


def rows_of(frame: pd.DataFrame) -> list[s.RankingRow]:
    """The rows of a (short) ranking frame as the wire has them."""
    return [
        s.RankingRow.model_validate({name: None if pd.isna(value) else value for name, value in line.items()})
        for line in frame[list(s.RankingRow.model_fields)].to_dict("records")
    ]


def entry(name: str, place: int, row: s.RankingRow, trusted: bool) -> None:
    """One line of a list: rank and words as a button that opens the feature, its modality and its numbers below."""
    grey = row.icc is not None and row.icc < evidence_panel.REPEATABLE
    st.button(
        f":gray[{place}\\. {escape_markdown(row.label)}]" if grey else f"{place}\\. {escape_markdown(row.label)}",
        key=f"{name}-{place}",
        type="tertiary",
        on_click=feature_drawer.choose,
        args=(row.feature,),
    )
    badge = f":{BADGE.get(row.modality, 'gray')}-badge[{escape_markdown(row.modality)}]"
    if trusted:
        moved = f"effect {numbers.effect(row.effect, row.ci_low, row.ci_high)}"
        decoding = f"R² {numbers.r2(row.r2_pre)} → {numbers.r2(row.r2_ft)}"
    else:
        moved = f"I {numbers.importance(row.i_pre)} → {numbers.importance(row.i_ft)}"
        decoding = f"R² {numbers.r2(row.paper_r2_pre)} → {numbers.r2(row.paper_r2_ft)}"
    repeats = f", ICC {numbers.r2(row.icc)}: repeats poorly" if grey else ""
    st.caption(f"{badge} {escape_markdown(moved)}  \n{escape_markdown(decoding + repeats)}")


def pictures(here: Context, three: dict[str, pd.DataFrame], rows: pd.DataFrame) -> None:
    """The listed features as dumbbells, and ΔI against decoding for all filtered ones."""
    made_of, dark = notices.made_of(here.analysis), chart_block.dark()
    chosen = feature_drawer.chosen()
    listed = pd.concat(three.values()).drop_duplicates("feature")
    left, right = st.columns(2, gap="large")
    if not listed.empty:
        pairs = feature_pairs(rows_of(listed), here.trusted)
        with left:
            chart_block.show(
                features_dumbbell(pairs, chosen, made_of, dark, here.floor), "shifts-dumbbell", feature_drawer.choose
            )
    scatter = effect_scatter if here.trusted else shift_scatter
    with right:
        chart_block.show(scatter(rows, chosen, made_of, dark), "shifts-effects", feature_drawer.choose)


page()
