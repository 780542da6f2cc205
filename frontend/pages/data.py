"""The page Data: quality report of a cohort, review of its studies, and decisions."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from frontend.api import cohorts, connection, held_cases
from frontend.components import cohort_filter, notices, protocol_view
from frontend.data import case_review, cohort_facts, cohort_files, study_table
from frontend.data import decisions as taken
from frontend.data.study_table import STATUSES
from frontend.frame import context_line
from frontend.state import query_parameters, session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

ANY = "any"
REVIEWS = {ANY: "any", "unseen": "not looked at", "approved": "approved"}
LEVELS = {"rejected": "refused", "warning": "warning", "note": "note"}
NO_FINDING = "anything"
MOST_LISTED = 1000  # with a row and a picture, those that need a look first; a decision brings the next ones in


def page() -> None:
    """Draws the page."""
    known = [cohort for cohort in cohorts.cohorts() if cohort.n_cases + cohort.n_rejected > 0]
    if not known:
        st.title("Data")
        empty()
        return
    with context_line.own_line():
        cohort = cohort_box(known)
        cohort_filter.box(cohort.id)
    st.title(f"Data of {escape_markdown(cohort.name)}")
    taken.refusal()
    held = held_cases.of_cohort(cohort.id)
    notices.unreadable(("cohort", cohorts.cohorts()), ("study", held.cases))
    report = cohorts.quality(cohort.id)
    st.markdown(summary(report, cohort.n_warned))
    if report.excluded:
        st.caption(
            f"{numbers.counted(report.excluded, 'excluded study is', 'excluded studies are')} left out of every job "
            "started from now on; analyses that exist keep what they were made from."
        )
    notices.alerts(report.alerts)
    findings(report)
    st.subheader("Studies", anchor=False)
    text, status, review, code = filters(report)
    found = filtered(held.cases, text, status, review, code, cohort_filter.held(cohort.id))
    if (part := cohort_filter.current(cohort.id)) is not None:
        st.caption(f":material/filter_alt: {escape_markdown(part.sentence)}")
    listed = [held.quality_row(case) for case in found[:MOST_LISTED]]
    cases = {case.id: case for case in found[:MOST_LISTED]}
    if not listed:
        st.info("No study matches these filters. Loosen one of them.", icon=":material/filter_alt_off:")
    elif cohort.kind == "images":
        shown = [row for row in listed if row.status != "rejected"]
        case_review.show(cohort, shown, cases, may_decide())
    study_table.table(cohort, listed, cases, len(found), len(held.cases))
    if may_decide():
        cohort_files.show(cohort)
    cohort_facts.show(report)
    protocol_view.fold(cohort.protocol, session_keys.DATA_PROTOCOL)
    decisions(cohort)


def empty() -> None:
    """Shown where nothing was imported yet."""
    st.markdown(
        "Nothing has been imported yet. After an import this page lists every study with what was found about it, why "
        "studies were refused and what to do, and shows the outlines for you to approve."
    )
    import_link()


def import_link() -> None:
    """Link to the import form."""
    query = {query_parameters.RUN_STEP: "import_cases"}
    st.page_link("pages/run.py", label="Import images", icon=":material/upload:", query_params=query)


def cohort_box(known: Sequence[s.Cohort]) -> s.Cohort:
    """The cohort of the address, else the newest with images, else the newest."""
    by_id = {cohort.id: cohort for cohort in known}
    first = next((cohort for cohort in known if cohort.kind == "images"), known[0])
    wanted = st.query_params.get(query_parameters.COHORT)
    st.session_state[session_keys.DATA_COHORT] = wanted if wanted in by_id else first.id
    st.selectbox(
        "Cohort",
        list(by_id),
        format_func=lambda i: by_id[i].name,
        key=session_keys.DATA_COHORT,
        on_change=choose_cohort,
        label_visibility="collapsed",
        width=320,
    )
    return by_id[st.session_state[session_keys.DATA_COHORT]]


def choose_cohort() -> None:
    """Another cohort, from the first page of its pictures."""
    st.query_params[query_parameters.COHORT] = st.session_state[session_keys.DATA_COHORT]
    case_review.first_page()


def may_decide() -> bool:
    """Whether this user may approve and exclude."""
    me = connection.signed_in()
    return me is not None and me.role != "viewer"


def summary(report: s.QualityReport, warned: int) -> str:
    """`118 studies of 118 patients accepted, 12 of them with a warning; 2 refused; ...`."""
    patients = numbers.counted(report.n_patients, "patient")
    parts = [f"{numbers.counted(report.accepted, 'study', 'studies')} of {patients} accepted"]
    if report.accepted == 1:
        parts[0] += ", with a warning" if warned else ", without a warning"
    else:
        parts[0] += f", {numbers.count(warned)} of them with a warning" if warned else ", none with a warning"
    parts.append(f"{numbers.count(report.rejected)} refused" if report.rejected else "none refused")
    if report.excluded:
        parts.append(f"{numbers.count(report.excluded)} excluded")
    looked = f"{numbers.count(report.approved)} approved by a person, {numbers.count(report.unseen)} not looked at yet"
    return f"**{'; '.join(parts)}.** {looked}."


def findings(report: s.QualityReport) -> None:
    """What was found, how often, and what to do."""
    if not report.codes:
        st.markdown("Nothing was found that needs attention.")
        return
    st.subheader("What was found", anchor=False)
    st.dataframe(
        pd.DataFrame(
            {
                "Kind": [LEVELS[each.level] for each in report.codes],
                "Finding": [each.title for each in report.codes],
                "Studies": [each.n for each in report.codes],
                "What to do": [each.remedy for each in report.codes],
            }
        ),
        hide_index=True,
        column_config={"What to do": st.column_config.TextColumn(width="large")},
    )


def filters(report: s.QualityReport) -> tuple[str, str, str, str]:
    """Text, status, review and finding."""
    titles = {NO_FINDING: NO_FINDING} | {each.code: f"{each.title} ({each.n})" for each in report.codes}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key=session_keys.DATA_TEXT, placeholder="study, patient, centre", live=True, width=220
        )
        status = st.segmented_control(
            "Status",
            list(STATUSES),
            format_func=STATUSES.__getitem__,
            default="all",
            required=True,
            key=session_keys.DATA_STATUS,
        )
        review = st.segmented_control(
            "Looked at",
            list(REVIEWS),
            format_func=REVIEWS.__getitem__,
            default=ANY,
            required=True,
            key=session_keys.DATA_REVIEW,
        )
        code = st.selectbox(
            "With the finding", list(titles), format_func=titles.__getitem__, key=session_keys.DATA_FINDING, width=320
        )
    return text or "", status or "all", review or ANY, code or NO_FINDING


def filtered(
    cases: Sequence[s.Case], text: str, status: str, review: str, code: str, held: set[str] | None
) -> list[s.Case]:
    """The studies that pass every filter, those that need a look first."""
    wanted = text.strip().lower()
    found = [
        case
        for case in cases
        if status in ("all", case.status)
        and (held is None or case.id in held)
        and (review == ANY or (case.review == review and case.status == "accepted"))
        and (code == NO_FINDING or case.code == code or any(one.code == code for one in case.findings))
        and wanted in f"{case.study_id} {case.patient_id} {case.center or ''}".lower()
    ]
    return sorted(found, key=place)


def place(case: s.Case) -> tuple[bool, bool, bool, str]:
    """Where a study stands in the list."""
    return case.status != "accepted", case.review != "unseen", not case.warnings, case.study_id


def decisions(cohort: s.Cohort) -> None:
    """Who decided what, newest first."""
    with st.expander("Decisions", key=session_keys.DATA_DECISIONS, on_change="rerun") as fold:
        if not fold.open:
            return
        listed = cohorts.decisions(cohort.id)
        if not listed:
            st.markdown("Nobody has approved or excluded a study of this cohort yet.")
            return
        st.dataframe(
            pd.DataFrame(
                {
                    "When": [numbers.day(each.at) for each in listed],
                    "Who": [each.by for each in listed],
                    "Decision": [taken.TAKEN[each.decision] for each in listed],
                    "Study": [each.study_id for each in listed],
                    "Note": [each.note for each in listed],
                }
            ),
            hide_index=True,
        )
        st.caption(f"Kept with cohort {escape_markdown(cohort.name)}; a decision taken back stays in this list.")


page()
