"""The switches of the line of context: analysis, region, modality, and whose numbers lead; each writes the address."""

from collections.abc import Mapping, Sequence

import streamlit as st

from frontend.api import cohorts
from frontend.components import cohort_filter, not_here
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import labels
from frontend.text.analysis_groups import Family, by_cohort
from frontend.text.escape import escape_markdown
from shared import schemas as s

COHORT = "cohort "
"""Begins the box's value for a cohort without an analysis."""
OF_AN_ANALYSIS = (
    query_parameters.ANALYSIS,
    query_parameters.REGION,
    query_parameters.MODALITY,
    query_parameters.CASE,
    query_parameters.FEATURE,
    query_parameters.WHERE,
)


def show(context: Context, names: Mapping[str, str]) -> None:
    """The four of them; `names` are the titles of the families by their first analysis."""
    subject_box(context.families, names, context.family[0].id, context.analysis)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="switches"):
        _region_switch(context)
        _modality_switch(context)
        _sort_switch(context)


def subject_box(
    known: Sequence[Family], names: Mapping[str, str], chosen: str, shown: s.Analysis | None = None
) -> None:
    """The one selector of a page: analyses by cohort, then the cohorts that have none; `chosen` is the box's value."""
    without = cohorts_without({one[0].cohort_id for one in known})
    st.session_state[session_keys.ANALYSIS_BOX] = chosen
    st.selectbox(
        "Analysis",
        [*by_cohort(known), *without],
        format_func=lambda one: without[one] if one in without else names[one],
        key=session_keys.ANALYSIS_BOX,
        on_change=_choose_subject,
        args=(known, shown),
        label_visibility="collapsed",
        width=270,
    )


def cohorts_without(analysed: set[str]) -> dict[str, str]:
    """Cohorts with studies and no analysis: the box's value -> what it says."""
    return {
        f"{COHORT}{one.id}": f"{one.name} · not analysed yet"
        for one in cohorts.cohorts()
        if one.id not in analysed and one.n_cases + one.n_rejected > 0
    }


def _region_switch(context: Context) -> None:
    st.session_state[session_keys.REGION_SWITCH] = context.analysis.roi
    st.segmented_control(
        "Region",
        context.regions,
        key=session_keys.REGION_SWITCH,
        on_change=_choose_region,
        required=True,
        label_visibility="collapsed",
    )


def _modality_switch(context: Context) -> None:
    st.session_state[session_keys.MODALITY_SWITCH] = context.modality
    st.segmented_control(
        "Modality",
        context.analysis.modalities,
        format_func=escape_markdown,
        key=session_keys.MODALITY_SWITCH,
        on_change=_choose_modality,
        label_visibility="collapsed",
    )


def _sort_switch(context: Context) -> None:
    st.session_state[session_keys.SORT_SWITCH] = context.sort
    without = context.detail.trust is None
    st.segmented_control(
        "Lead with",
        ["paper"] if without else list(labels.SORTS),
        format_func=lambda name: labels.SORTS[name],
        key=session_keys.SORT_SWITCH,
        on_change=_choose_sort,
        required=True,
        disabled=without,
        label_visibility="collapsed",
    )


def _choose_subject(known: Sequence[Family], shown: s.Analysis | None) -> None:
    not_here.forget()
    chosen: str = st.session_state[session_keys.ANALYSIS_BOX]
    if chosen.startswith(COHORT):
        for name in OF_AN_ANALYSIS:
            st.query_params.pop(name, None)
        st.query_params[query_parameters.COHORT] = chosen.removeprefix(COHORT)
        return
    if shown is not None:
        cohort_filter.analysis_chosen(shown, next(one[0] for one in known if one[0].id == chosen))
    st.query_params[query_parameters.ANALYSIS] = chosen
    for name in (query_parameters.REGION, query_parameters.COHORT, query_parameters.CASE):
        st.query_params.pop(name, None)


def _choose_region() -> None:
    not_here.forget()
    st.query_params[query_parameters.REGION] = st.session_state[session_keys.REGION_SWITCH]


def _choose_modality() -> None:
    not_here.forget()
    chosen = st.session_state[session_keys.MODALITY_SWITCH]
    st.query_params.pop(query_parameters.MODALITY, None)
    if chosen:
        st.query_params[query_parameters.MODALITY] = chosen


def _choose_sort() -> None:
    st.query_params[query_parameters.SORT] = st.session_state[session_keys.SORT_SWITCH]
