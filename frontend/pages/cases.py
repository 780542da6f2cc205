"""The page Cases: one case's pictures at full width, the others as a strip below, and what was measured in it."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import cohorts
from frontend.cases import case_list, filters, view
from frontend.cases.address import go_to
from frontend.cases.strip import item, strip
from frontend.components import cohort_note, context_bar, notices, stars
from frontend.state import query_parameters
from shared import schemas as s
from shared.protocol_words import finding_of


def page() -> None:
    """Draws the page."""
    known = [cohort for cohort in cohorts.cohorts() if cohort.n_cases + cohort.n_rejected > 0]
    if not known:
        st.title("Cases")
        empty()
        return
    cohort = cohort_here(known)
    everything = cohorts.cases(cohort.id)
    notices.unreadable(("cohort", cohorts.cohorts()), ("case", everything))
    offered = filters.choices(cohort.protocol, everything)
    listed = case_list.listed(cohort, everything, offered)
    chosen = chosen_case(cohort.protocol, everything, listed)
    if chosen is None:
        st.title("Cases")
        hint = " Star a case under its name." if stars.only() and not stars.cases() else ""
        st.info(f"No case matches these filters. Loosen one of them.{hint}", icon=":material/filter_alt_off:")
        case_list.fold(cohort, everything, offered, listed)
        return
    case, order = cohorts.case(chosen.id), [one.id for one in listed]
    view.heading(case, cohort.protocol, order)
    cohort_note.show(cohort.id)
    view.images(case, order)
    row(cohort, listed, case.id)
    case_list.fold(cohort, everything, offered, listed)
    view.details(case, cohort.protocol)


def row(cohort: s.Cohort, listed: Sequence[s.Case], here: str) -> None:
    """The cases that pass the filters, as pictures; of very many those around the shown one."""
    starred = stars.cases()
    items = [item(case, cohort.protocol, starred) for case in case_list.around(listed, here)]
    if wanted := strip(items, here, f"Cases of {cohort.name}", "case-strip", walks=True):
        go_to(wanted)
        st.rerun()


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


def cohort_here(known: Sequence[s.Cohort]) -> s.Cohort:
    """The cohort of the address, else that of the line of context, else the newest with images."""
    by_id = {cohort.id: cohort for cohort in known}
    here = context_bar.current()
    with_images = [cohort.id for cohort in known if cohort.kind == "images"] or list(by_id)
    fallback = here.analysis.cohort_id if here and here.analysis.cohort_id in by_id else with_images[0]
    wanted = st.query_params.get(query_parameters.COHORT) or cohort_of_address() or fallback
    return by_id[wanted if wanted in by_id else fallback]


def cohort_of_address() -> str | None:
    """The cohort of the case in the address, where there is one."""
    wanted = st.query_params.get(query_parameters.CASE)
    return cohorts.cohort_of_case(wanted) if wanted else None


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
