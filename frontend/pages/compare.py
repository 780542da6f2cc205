"""The page Compare: a matrix of analyses or runs, two against each other, and effects along epochs and stages."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from frontend.api import analyses, comparisons
from frontend.api import trajectories as stored
from frontend.charts.agreement import agreement, frame_of
from frontend.components import (
    chart_block,
    comparison_matrix,
    comparison_table,
    context_bar,
    job_launcher,
    notices,
    trajectories,
)
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import comparison_text as in_words
from frontend.text.comparison_text import analysis_labels, label
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST = 6
"""Analyses in one comparison at most."""
POINTS = {"Features": "features", "Modality × class": "modality_class", "Class": "class", "Modality": "modality"}


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    st.title("The same for another task, region or epoch?")
    notices.unreadable(
        ("comparison", comparisons.comparisons(here.analysis.cohort_id)),
        ("trajectory", stored.trajectories(here.analysis.cohort_id, here.analysis.task, here.analysis.roi)),
    )
    others = [one for one in analyses.analyses() if one.id != here.analysis.id]
    if any(one.cohort_id == here.analysis.cohort_id for one in others):
        beside = comparison_matrix.beside(here, others)
        comparison_matrix.box(here, others, beside)
        opened = comparison_matrix.show(here, beside) if beside else None
        compared(here, beside, opened)
    else:
        only_one(here)
    st.space("small")
    trajectories.along(here)


def only_one(here: Context) -> None:
    """Shown where the cohort has one analysis only: what to run next, with a button."""
    st.markdown(
        f"**{escape_markdown(here.analysis.cohort_name)} has one analysis only, "
        f"{escape_markdown(label(here.protocol, here.analysis))}.** A second one of the same cohort, for another task, "
        "region or fine-tuned encoder, shows which changes belong to the task and which come with any fine-tuning."
    )
    if st.button("Run another analysis", type="primary", icon=":material/play_circle:"):
        st.switch_page(
            "pages/run.py",
            query_params={query_parameters.RUN_STEP: "analyze", query_parameters.COHORT: here.analysis.cohort_id},
        )


def compared(here: Context, beside: Sequence[s.Analysis], opened: str | None) -> None:
    """The pair that a cell opens, with intervals of its differences, or the offer to compute them."""
    of_cohort = [one for one in beside if one.cohort_id == here.analysis.cohort_id]
    other = next((one for one in of_cohort if one.id == opened), None) or compared_already(here, of_cohort)
    if other is None:
        return
    names = analysis_labels(here.protocol, [here.analysis, *of_cohort])
    st.subheader(f"{escape_markdown(names[here.analysis.id])} against {escape_markdown(names[other.id])}")
    found = next(
        (
            one
            for one in comparisons.comparisons(here.analysis.cohort_id)
            if {here.analysis.id, other.id} <= {member.analysis_id for member in one.members}
        ),
        None,
    )
    if found is None:
        not_compared_yet(here, other)
        return
    detail = comparisons.comparison(found.id)
    place = {member.analysis_id: n for n, member in enumerate(detail.members)}
    ends = sorted((place[here.analysis.id], place[other.id]))
    pair = next(pair for pair in detail.pairs if [pair.first, pair.second] == ends)
    answer(detail, pair)
    st.space("small")
    points(detail, pair)
    with st.expander("What was compared", icon=":material/info:", type="compact"):
        st.markdown(escape_markdown(in_words.made_of(detail)))
        for note in detail.notes:
            st.markdown(f"* {escape_markdown(note)}")


def compared_already(here: Context, beside: Sequence[s.Analysis]) -> s.Analysis | None:
    """The first of them that was compared with that of the page; else the first."""
    known = [one.members for one in comparisons.comparisons(here.analysis.cohort_id)]
    members = [{member.analysis_id for member in one} for one in known]
    found = [one for one in beside if any({one.id, here.analysis.id} <= ids for ids in members)]
    return next(iter([*found, *beside]), None)


def not_compared_yet(here: Context, other: s.Analysis) -> None:
    """Shown before two analyses were compared: what a comparison adds, with a button."""
    st.markdown(
        "These two were not compared yet. A comparison draws the same patients again for both, so that the difference "
        "of each effect gets an interval of its own: two flags that differ are not yet a difference."
    )
    ids = [here.analysis.id, other.id]
    job_launcher.show(
        "Compare these two", s.CompareParams(analysis_ids=ids), "compare " + " ".join(ids), ":material/compare_arrows:"
    )
    everything = list(dict.fromkeys([*ids, *(analysis.id for analysis in here.of_cohort)]))
    if 2 < len(everything) <= MOST:
        job_launcher.show(
            f"Compare all {len(everything)} of this cohort",
            s.CompareParams(analysis_ids=everything),
            "compare " + " ".join(everything),
            ":material/compare_arrows:",
        )


def answer(detail: s.ComparisonDetail, pair: s.ComparedPair) -> None:
    """What is shared, what is one's own, and how alike the effects are."""
    names = in_words.names_of(detail, pair)
    with st.container(key="answer"):
        if len(detail.pairs) == 1:
            for sentence in detail.sentences:
                st.markdown(escape_markdown(sentence))
        else:
            st.markdown(escape_markdown(in_words.counts(pair, names)))
            st.markdown(escape_markdown(in_words.alike(pair)))
    if len(detail.pairs) > 1:
        with st.expander(
            f"All {len(detail.members)} analyses of this comparison", icon=":material/summarize:", type="compact"
        ):
            for sentence in detail.sentences:
                st.markdown(escape_markdown(sentence))


def points(detail: s.ComparisonDetail, pair: s.ComparedPair) -> None:
    """The scatter, and the table of what was chosen in it."""
    names = in_words.names_of(detail, pair)
    shown = st.segmented_control(
        "Points",
        list(POINTS),
        default="Features",
        required=True,
        key=query_parameters.COMPARED_POINTS,
        bind="query-params",
    )
    grouping = POINTS[shown or "Features"]
    if grouping == "features":
        rows = frame_of(comparisons.compared_features(detail.id, pair.first, pair.second))
    else:
        rows = frame_of([group for group in pair.groups if group.grouping == grouping])
    if rows.empty:
        st.info("Nothing of this kind was compared.")
        return
    table_rows = comparison_table.filtered(rows, names) if grouping == "features" else rows
    chosen = comparison_table.selected(detail.id, rows)
    what = "features" if grouping == "features" else "groups"
    chart = agreement(table_rows, names, chosen, what, in_words.made_of(detail), chart_block.dark())
    chart_block.show(
        chart, f"agreement-{comparison_table.cleared()}", on_points=partial(comparison_table.choose, detail.id)
    )
    listed = table_rows[table_rows["key"].isin(chosen)] if chosen else table_rows
    comparison_table.table(detail, pair, listed, names, bool(chosen))


page()
