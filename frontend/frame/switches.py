"""The switches of the line of context: analysis, region, modality, and whose numbers lead; each writes the address."""

from collections.abc import Mapping

import streamlit as st

from frontend.components import cohort_filter, not_here
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import labels
from frontend.text.analysis_groups import by_cohort
from frontend.text.escape import escape_markdown


def show(context: Context, names: Mapping[str, str]) -> None:
    """The four of them; `names` are the titles of the families by their first analysis."""
    _analysis_box(context, names)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="switches"):
        _region_switch(context)
        _modality_switch(context)
        _sort_switch(context)


def _analysis_box(context: Context, names: Mapping[str, str]) -> None:
    st.session_state[session_keys.ANALYSIS_BOX] = context.family[0].id
    st.selectbox(
        "Analysis",
        by_cohort(context.families),
        format_func=lambda first: names[first],
        key=session_keys.ANALYSIS_BOX,
        on_change=_choose_analysis,
        args=(context,),
        label_visibility="collapsed",
        width=270,
    )


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


def _choose_analysis(context: Context) -> None:
    not_here.forget()
    chosen = st.session_state[session_keys.ANALYSIS_BOX]
    cohort_filter.analysis_chosen(context.analysis, next(one[0] for one in context.families if one[0].id == chosen))
    st.query_params[query_parameters.ANALYSIS] = st.session_state[session_keys.ANALYSIS_BOX]
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
