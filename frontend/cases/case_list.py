"""The list of a cohort's cases: filters, a table whose rows open a case, and the studies refused at import."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import cohorts
from frontend.cases import filters
from frontend.cases.address import go_to
from frontend.cases.filters import Choice
from frontend.components import cohort_filter, context_bar, stars
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts, numbers
from frontend.text.case_facts import Fact, Value
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST_PICTURES, MOST_ROWS = 300, 1000
"""Cases in the row of pictures, and rows of the table: more would only be waited for."""


def listed(cohort: s.Cohort, everything: Sequence[s.Case], offered: Sequence[Choice]) -> list[s.Case]:
    """The cases that pass the filters of the address."""
    held = cohort_filter.held(cohort.id)
    passing = filters.of_address(offered).passing(everything, offered)
    found = [case for case in passing if held is None or case.id in held]
    if stars.only():
        starred = stars.cases()
        found = [case for case in found if case.id in starred]
    return found


def around(listed: Sequence[s.Case], here: str) -> Sequence[s.Case]:
    """The cases in the row of pictures: all, or of very many those before and after one; the first where it is none."""
    if len(listed) <= MOST_PICTURES:
        return listed
    place = next((at for at, case in enumerate(listed) if case.id == here), 0)
    first = min(max(0, place - MOST_PICTURES // 2), len(listed) - MOST_PICTURES)
    return listed[first : first + MOST_PICTURES]


def fold(cohort: s.Cohort, everything: Sequence[s.Case], offered: Sequence[Choice], found: Sequence[s.Case]) -> None:
    """Filters and table. It stands open until a case is chosen."""
    wanted = filters.of_address(offered)
    with st.expander(
        list_title(cohort),
        expanded=query_parameters.CASE not in st.query_params,
        key=session_keys.CASE_LIST,
        on_change="rerun",
    ) as opened:
        if not opened.open:  # filters and table are 1.5 MB of the page, and pictures come first
            return
        filters.boxes(offered, wanted)
        if context_bar.current() is None:  # else it stands in the line of context
            cohort_filter.box(cohort.id)
        stars.box("cases")
        shown = numbers.counted(len(found), "case")
        st.caption(f"{shown} of {numbers.count(len(everything))} shown. Click a row to see it.{only_first(len(found))}")
        if found:
            table(found[:MOST_ROWS], case_facts.known_facts(cohort.protocol, everything), stars.cases())
        refused(everything)
        other_cohorts(cohort)


def only_first(n: int) -> str:
    """What to do where the table does not hold all of `n` cases."""
    if n <= MOST_ROWS:
        return ""
    return f" The table holds the first {numbers.count(MOST_ROWS)}; search or filter for the others."


def other_cohorts(cohort: s.Cohort) -> None:
    """Ways to the cases of other cohorts, those without an analysis too."""
    others = [one for one in cohorts.cohorts() if one.id != cohort.id and one.n_cases + one.n_rejected > 0]
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Other cohorts:", width="content")
        for one in others:
            label = f"{escape_markdown(one.name)} ({numbers.counted(one.n_cases, 'case')})"
            query = {query_parameters.COHORT: one.id}
            st.page_link("pages/cases.py", label=label, query_params=query, width="content")


def list_title(cohort: s.Cohort) -> str:
    """`46 cases of 44 patients, 2 refused`."""
    patients = numbers.counted(cohort.n_patients, "patient")
    title = f"Choose a case · {numbers.counted(cohort.n_cases, 'case')} of {patients} in {escape_markdown(cohort.name)}"
    return title + (f", {numbers.count(cohort.n_rejected)} refused" if cohort.n_rejected else "")


def table(listed: Sequence[s.Case], shown: Sequence[Fact], starred: set[str]) -> None:
    """One row a case, with the facts that are known of any; a click opens it."""
    st.dataframe(
        rows_of(listed, shown, starred),
        hide_index=True,
        height=min(38 + 35 * len(listed), 260),
        on_select=partial(open_row, tuple(case.id for case in listed)),
        selection_mode="single-row",
        key=session_keys.CASE_TABLE,
        placeholder="–",
        column_config={
            **{one.label: st.column_config.NumberColumn(format=f"%.{one.digits}f") for one in shown if one.digits},
            "Note": st.column_config.TextColumn(width="large"),
        },
    )


def rows_of(listed: Sequence[s.Case], shown: Sequence[Fact], starred: set[str]) -> pd.DataFrame:
    """The table of the list."""
    studies = [stars.marked(case.study_id, case.id in starred) for case in listed]
    before = {"Study": studies, "Patient": [case.patient_id for case in listed]}
    after = {
        "Centre": [case.center or "" for case in listed],
        "Split": [case.split or "" for case in listed],
        "Note": [case.reason or " ".join(case.warnings) for case in listed],
    }
    known = {one.label: column([one.of(case) for case in listed]) for one in shown}
    return pd.DataFrame(before | known | after)


def column(values: Sequence[Value | None]) -> Any:
    """Whole numbers stay whole where some are not known."""
    numbers_only: Sequence[Any] = values
    whole = all(value is None or isinstance(value, int) for value in values)
    return pd.array(numbers_only, dtype="Int64") if whole else values


def open_row(ids: tuple[str, ...]) -> None:
    """Opens the case of the clicked row and folds the list away."""
    rows: list[int] = st.session_state[session_keys.CASE_TABLE]["selection"]["rows"]
    if rows:
        go_to(ids[rows[0]])
        st.session_state[session_keys.CASE_LIST] = False


def refused(everything: Sequence[s.Case]) -> None:
    """Every refused study with its sentence."""
    found = [case for case in everything if case.status == "rejected"]
    if not found:
        return
    st.markdown(f"**{numbers.counted(len(found), 'study', 'studies')} refused at import**")
    st.markdown("\n".join(f"* {escape_markdown(case.study_id)}: {escape_markdown(case.reason)}" for case in found[:8]))
    if len(found) > 8:
        st.caption(f"{len(found) - 8} more: choose Status “refused” to list them all.")
