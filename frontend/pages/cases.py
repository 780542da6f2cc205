"""The page Cases: list of a cohort's cases, and one case with images and radiomics."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import cohorts
from frontend.cases import filters, view
from frontend.components import clinical_filter, context_bar, notices, stars
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts, numbers
from frontend.text.case_facts import Fact, Value
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocol_words import finding_of


def page() -> None:
    """Draws the page."""
    title, cohort_choice = st.columns([3, 2], vertical_alignment="bottom")
    title.title("Cases")
    known = [cohort for cohort in cohorts.cohorts() if cohort.n_cases + cohort.n_rejected > 0]
    if not known:
        empty()
        return
    with cohort_choice:
        cohort = cohort_box(known)
    everything = cohorts.cases(cohort.id)
    notices.unreadable(("cohort", cohorts.cohorts()), ("case", everything))
    listed = case_list(cohort, everything)
    chosen = chosen_case(cohort.protocol, everything, listed)
    if chosen is None:
        hint = " Star a case under its name." if stars.only() and not stars.cases() else ""
        st.info(f"No case matches these filters. Loosen one of them.{hint}", icon=":material/filter_alt_off:")
        return
    view.show(cohorts.case(chosen.id), cohort.protocol, [case.id for case in listed])


def empty() -> None:
    """Shown where there is no case yet."""
    st.markdown("There is no case yet. Import a folder of images, or make a synthetic cohort to try things out.")
    with st.container(horizontal=True):
        st.page_link(
            "pages/run.py",
            label="Import images",
            icon=":material/upload:",
            query_params={query_parameters.RUN_STEP: "import_cases"},
        )
        st.page_link(
            "pages/run.py",
            label="Make a synthetic cohort",
            icon=":material/science:",
            query_params={query_parameters.RUN_STEP: "synth"},
        )
        st.page_link("pages/jobs.py", label="See what is running", icon=":material/pending_actions:")


def cohort_box(known: Sequence[s.Cohort]) -> s.Cohort:
    """The cohort of the address, else that of the context bar, else the newest with images."""
    by_id = {cohort.id: cohort for cohort in known}
    here = context_bar.current()
    with_images = [cohort.id for cohort in known if cohort.kind == "images"] or list(by_id)
    fallback = here.analysis.cohort_id if here and here.analysis.cohort_id in by_id else with_images[0]
    wanted = st.query_params.get(query_parameters.COHORT) or cohort_of_address() or fallback
    st.session_state[session_keys.CASES_COHORT] = wanted if wanted in by_id else fallback
    if len(known) > 1:
        st.selectbox(
            "Cohort",
            list(by_id),
            format_func=lambda i: by_id[i].name,
            key=session_keys.CASES_COHORT,
            on_change=choose_cohort,
        )
    return by_id[st.session_state[session_keys.CASES_COHORT]]


def cohort_of_address() -> str | None:
    """The cohort of the case in the address, where there is one."""
    wanted = st.query_params.get(query_parameters.CASE)
    return cohorts.cohort_of_case(wanted) if wanted else None


def choose_cohort() -> None:
    """Puts the chosen cohort into the address, without the case of the last one."""
    st.query_params[query_parameters.COHORT] = st.session_state[session_keys.CASES_COHORT]
    for name in (query_parameters.CASE, query_parameters.SLICE, query_parameters.ANALYSIS, query_parameters.REGION):
        st.query_params.pop(name, None)


def case_list(cohort: s.Cohort, everything: Sequence[s.Case]) -> list[s.Case]:
    """The cases that pass the filters of the address, as a table. It stands open until a case is chosen."""
    offered = filters.choices(cohort.protocol, everything)
    wanted = filters.of_address(offered)
    held = clinical_filter.held(cohort.id)
    listed = [case for case in wanted.passing(everything, offered) if held is None or case.id in held]
    starred = stars.cases()
    if stars.only():
        listed = [case for case in listed if case.id in starred]
    with st.expander(
        list_title(cohort), expanded="case" not in st.query_params, key=session_keys.CASE_LIST, on_change="rerun"
    ) as fold:
        if fold.open:  # filters and table are 1.5 MB of the page, and pictures come first
            filters.boxes(offered, wanted)
            clinical_filter.boxes(cohort.id, "cases")
            stars.box("cases")
            found = numbers.counted(len(listed), "case")
            st.caption(f"{found} of {numbers.count(len(everything))} shown. Click a row to see it.")
            if listed:
                table(listed, case_facts.known_facts(cohort.protocol, everything), starred)
            refused(everything)
    return listed


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
        view.go_to(ids[rows[0]])
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


def chosen_case(protocol: s.Protocol, everything: Sequence[s.Case], listed: Sequence[s.Case]) -> s.Case | None:
    """The case of the address, else the first listed one with its finding outlined, else the first."""
    wanted = st.query_params.get(query_parameters.CASE)
    named = next((case for case in everything if case.id == wanted), None)
    if wanted and named is None:
        st.warning("The case of this address is not in this cohort; another one is shown.", icon=":material/help:")
    finding = finding_of(protocol) or ""
    with_finding = next((case for case in listed if case.volumes_ml.get(finding) and case.has_images), None)
    return named or with_finding or next(iter(listed), None)


page()
