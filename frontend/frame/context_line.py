"""The sticky line above every page: what the page is about at the left, what one can do with it at the right.

On Explore pages it holds the switches of the address. Moving to another page drops the address, so the last choice of
this browser session is put back there.
"""

from functools import partial

import streamlit as st

from frontend.api import analyses, cohorts, connection
from frontend.components import (
    cohort_filter,
    context_bar,
    filter_address,
    not_here,
    notices,
    project_choice,
    saved_views,
)
from frontend.components.context_bar import Context
from frontend.frame import facts, switches
from frontend.state import query_parameters, session_keys
from frontend.text import labels
from frontend.text.analysis_groups import families, family_labels
from frontend.text.escape import escape_markdown
from shared import schemas as s

PARAMETERS = ("analysis", "roi", "modality", "sort", "cohort")


def explore_line(page: str, me: s.Me) -> str | None:
    """Draws the line of an Explore page; returns what the page is about, None while nothing has been analysed."""
    _restore(page)
    notices.unreadable(("analysis", analyses.analyses()))
    context = _current()
    if context is None:
        if (cohort := context_bar.chosen_cohort()) is not None:
            st.session_state[session_keys.LAST_CONTEXT] = {query_parameters.COHORT: cohort}
            _line_of_a_cohort(cohort)
        return None
    names = family_labels(context.families, cohorts.protocol)
    title = names[context.family[0].id]
    not_here.remember(page, not_here.missing_parts(context.families, context.analysis, context.family, title))
    _write_address(context)
    with _line():
        with _part("line-context"):
            switches.show(context, names)
            _project(context.analysis.cohort_id)
        with _part("line-filter"):
            cohort_filter.box(context.analysis.cohort_id)
            facts.popover(context)
        with _part("line-actions"):
            saved_views.popover(page)
            _take_away(context, me)
    not_here.notice(page)
    cohort_filter.notice(page, context)
    part = context.analysis.subgroup
    about = f"{context.analysis.roi} {labels.task_within(context.protocol, context.analysis.task)}"
    return about if part is None else f"{about}, {part.words}"


def _current() -> Context | None:
    """The context of the address; a filter of the former version is written anew before it is read."""
    found = context_bar.current()
    if found is None:
        return None
    filter_address.renew(found.analysis.cohort_id)
    return context_bar.current()


def work_line(page: str) -> None:
    """Notes a page that has no analysis, so that the next Explore page takes the remembered context."""
    st.session_state[session_keys.LAST_PAGE] = page


def _line_of_a_cohort(cohort: str) -> None:
    """The line of an Explore page whose cohort has no analysis: the way to another one."""
    known = families(analyses.analyses(), cohorts.protocol)
    with own_line():
        switches.subject_box(known, family_labels(known, cohorts.protocol), f"{switches.COHORT}{cohort}")


def own_line() -> st.delta_generator.DeltaGenerator:
    """The line of a page that has no analysis, for what the page is about instead."""
    return _line()


def _line() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small", key="context-line")


def _part(key: str) -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key=key)


def _take_away(context: Context, me: s.Me) -> None:
    """The bundle, for those who may make one, and the way to a link."""
    if me.role != "viewer":
        st.download_button(
            "Bundle",
            partial(connection.client().bundle, context.analysis.id),
            file_name=f"{context.analysis.id}.zip",
            mime="application/zip",
            key=session_keys.LINE_BUNDLE,
            icon=":material/folder_zip:",
            on_click="ignore",
            help="Tables, report, figures, methods text, and the command that makes the numbers again. "
            "Takes some seconds.",
        )
        if st.button(
            "Share",
            key=session_keys.LINE_SHARE,
            type="primary",
            icon=":material/share:",
            help="Make a link for a clinician, without an account.",
        ):
            st.switch_page("pages/shares.py", query_params={query_parameters.ANALYSIS: context.analysis.id})


def _project(cohort_id: str) -> None:
    """The project of the cohort, for whoever has several."""
    cohort = next((one for one in cohorts.cohorts() if one.id == cohort_id), None)
    name = None if cohort is None else project_choice.name_of(cohort.project_id)
    if name is not None:
        st.markdown(f":material/folder_shared: {escape_markdown(name)}", width="content", help="The project.")


def _write_address(context: Context) -> None:
    st.query_params.update(context.query)
    if context.modality is None:
        st.query_params.pop(query_parameters.MODALITY, None)
    if context.where is None:
        st.query_params.pop(query_parameters.WHERE, None)
    st.session_state[session_keys.LAST_CONTEXT] = context.query


def _restore(page: str) -> None:
    if st.session_state.get(session_keys.LAST_PAGE) != page:
        not_here.forget()
        remembered: dict[str, str] = st.session_state.get(session_keys.LAST_CONTEXT, {})
        if not any(name in st.query_params for name in PARAMETERS):
            st.query_params.update({n: v for n, v in remembered.items() if n not in st.query_params})
    st.session_state[session_keys.LAST_PAGE] = page
