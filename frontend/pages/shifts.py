"""The page Shifts: which features gained, lost or stayed, as lists, charts and table."""

import pandas as pd
import streamlit as st

from frontend.api import analyses
from frontend.charts import rankings
from frontend.charts.dumbbell import features_dumbbell
from frontend.charts.effect_chart import effect_chart
from frontend.charts.effect_rows import feature_rows
from frontend.charts.effects import effect_scatter, shift_scatter
from frontend.charts.pair import feature_pairs
from frontend.charts.style import Chart
from frontend.components import (
    chart_block,
    context_bar,
    feature_drawer,
    feature_lists,
    marks,
    not_here,
    notices,
    power_statement,
    ranking_table,
    stars,
    trust_summary,
    version_one,
)
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import labels, numbers, trust_words
from frontend.text.escape import escape_markdown
from frontend.text.trust_words import TrustWords
from shared import schemas as s


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    everything = analyses.ranking(here.analysis.id)
    st.title("Which features did it change?")
    not_here.feature_notice(here.analysis)
    power_statement.statement(here)
    with st.container(key="answer"):
        told = st.empty()
        notices.alerts([alert for alert in here.detail.alerts if alert.code == "other_widths"])
    if here.trusted and here.detail.trust is not None:
        trust_summary.line(here.protocol, here.detail.trust)
    version_one.notice(here)
    marks.show("shifts", s.StarCreate(analysis_id=here.analysis.id))
    wanted = filters(here, everything)
    rows = wanted.of(everything)
    starred = stars.features(here.analysis.id)
    if stars.only():
        rows = rows[rows["feature"].isin(list(starred))]
    told.markdown(escape_markdown(answer(here, everything, rows)))
    if stars.only() and not starred:
        st.info("You have starred no feature of this analysis. Open one and choose ☆ Star.", icon=":material/star:")
        return
    if rows.empty:
        st.info("No feature matches these filters. Take one away to see more.", icon=":material/filter_alt_off:")
        return
    three = feature_lists.lists(here, everything, rows)
    feature_lists.columns(here, three)
    st.space("small")
    pictures(here, three, rows)
    ranking_table.show(here, rows)
    feature_drawer.show(here)


def answer(here: Context, everything: pd.DataFrame, shown: pd.DataFrame) -> str:
    """The answer for the features that the filters leave; for all where they leave none, which is said below."""
    if len(shown) in (0, len(everything)):
        return answer_of(here, everything)
    of = f"{numbers.count(len(shown))} of {numbers.counted(len(everything), 'feature')} match the filters: "
    text = answer_of(here, shown)
    return f"{of}{text[:1].lower()}{text[1:]}"


def answer_of(here: Context, ranking: pd.DataFrame) -> str:
    """Counts by flag, or by direction of ΔI, and how far ΔI can be believed."""
    if here.trusted:
        return flags_answer(ranking, here.words)
    up, down = int((ranking["delta_i"] > 0).sum()), int((ranking["delta_i"] < 0).sum())
    gained = ranking["paper_r2_ft"] - ranking["paper_r2_pre"]
    opposite = int((ranking["delta_i"] * gained < 0).sum())
    return (
        f"Importance rose for {numbers.counted(up, 'feature')} and fell for {numbers.count(down)}. For "
        f"{numbers.count(opposite)} of {numbers.count(len(ranking))} the paper's held-out R² moved the other way: ΔI "
        "is a weight norm, and weights shrink when a signal grows."
    )


def flags_answer(ranking: pd.DataFrame, words: TrustWords) -> str:
    """`14 stronger, 9 weaker, ...`, and for how many of them the paper's ΔI points the other way."""
    flags = {str(flag): int(n) for flag, n in ranking["flag"].value_counts().items()}
    if set(flags) == {"too_few"}:
        return "No feature is flagged, for there are too few patients. Every effect stands below with its interval."
    changed = sum(flags.get(name, 0) for name in (*trust_words.UP, *trust_words.DOWN))
    counts = f"{trust_summary.counts(flags, words)}."
    if not changed and flags.get("label_borne"):
        return f"{counts} No single feature is shown to gain or lose beside what goes with the label."
    if not changed:
        return (
            f"{counts} No single feature is shown to change beyond chance and the margin; see Groups for what can "
            "still be read."
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
    words = here.words
    flags = {word: name for name, word in words.flags.items() if (ranking["flag"] == name).any()}
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
                help=". ".join(f"**{word}**: {words.meaning[name]}" for name, word in words.flags.items()) + ".",
            )
        text = st.text_input(
            "Search",
            placeholder="words or a PyRadiomics name",
            key=query_parameters.FEATURE_TEXT,
            bind="query-params",
            width=300,
        )
        stars.box("shifts")
    return rankings.Filter(
        here.modality, classes.get(of_class or ""), images.get(of_image or ""), flags.get(of_flag or ""), text or ""
    )


def pictures(here: Context, three: dict[str, pd.DataFrame], rows: pd.DataFrame) -> None:
    """The listed features with their effects (of the paper: as dumbbells), and ΔI against decoding for all."""
    made_of, dark = notices.made_of(here.analysis, len(rows)), chart_block.dark()
    chosen = feature_drawer.chosen()
    listed = pd.concat(three.values()).drop_duplicates("feature")
    scatter = (
        effect_scatter(rows, chosen, made_of, dark, here.words)
        if here.trusted
        else shift_scatter(rows, chosen, made_of, dark, here.protocol)
    )
    if listed.empty:  # nothing is flagged, so nothing would stand beside it
        chart_block.show(scatter, "shifts-effects", feature_drawer.choose)
        return
    left, right = st.columns([3, 2] if here.trusted else 2, gap="large")
    with left:
        chart_block.show(
            picture_of(here, feature_lists.rows_of(listed), chosen, dark), "shifts-listed", feature_drawer.choose
        )
    with right:
        chart_block.show(scatter, "shifts-effects", feature_drawer.choose)


def picture_of(here: Context, rows: list[s.RankingRow], chosen: str | None, dark: bool) -> Chart:
    """The listed features: effects with intervals and what stands beside them, or the paper's importance."""
    made_of = notices.made_of(here.analysis, len(rows))
    if not here.trusted:
        return features_dumbbell(feature_pairs(rows), chosen, made_of, dark)
    title = "The listed features: what moved, and how sure it is"
    return effect_chart(
        feature_rows(rows, here.detail.trust), title, "shifts", f"Click a mark to open it. {made_of}", dark,
        here.words, chosen,
    )  # fmt: skip


page()
