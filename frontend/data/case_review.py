"""Pictures of studies to look through, and the decisions about them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from frontend.api import cohorts, connection
from frontend.components.case_picture import case_picture
from frontend.components.protocol_view import outlines
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError
from shared.protocol_words import finding_of, frame_of, shown_modalities, spoken

PER_PAGE = 8
ACROSS = 4
SIDE = 360
TAKEN = {"approve": "approved", "exclude": "excluded", "reopen": "taken back"}


def first_page() -> None:
    """Back to the first pictures."""
    st.session_state[session_keys.DATA_PICTURE_PAGE] = 0


def refusal() -> None:
    """What the server said to the last decision, where it refused it."""
    sentence = st.session_state.pop(session_keys.DATA_REFUSAL, None)
    if sentence:
        st.error(escape_markdown(sentence), icon=":material/error:")


def show(protocol: s.Protocol, rows: Sequence[s.QualityRow], cases: Mapping[str, s.Case], may_decide: bool) -> None:
    """Pictures of `rows` in pages of eight; a viewer sees them without the buttons."""
    if not rows:
        return
    last = (len(rows) - 1) // PER_PAGE
    here = min(st.session_state.get(session_keys.DATA_PICTURE_PAGE, 0), last)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        images = shown_modalities(protocol)
        modality = st.segmented_control(
            "Picture", images, default=images[0], required=True, key=f"{session_keys.DATA_MODALITY}-{protocol.name}"
        )
        pager(here, last, len(rows))
    shown = rows[here * PER_PAGE : (here + 1) * PER_PAGE]
    for start in range(0, len(shown), ACROSS):
        for column, row in zip(st.columns(ACROSS), shown[start : start + ACROSS], strict=False):
            with column:
                card(protocol, row, cases.get(row.case_id), modality, may_decide)
    if not may_decide:
        st.caption("Your role reads only; a researcher approves and excludes.")
    finding, frame = finding_of(protocol), frame_of(protocol)
    most = " The slice with most of the " + spoken(finding) if finding else " The middle slice"
    most += f", else of the {spoken(frame)}." if frame else "."
    st.html(f'<p class="outlines">{outlines(protocol)}{most} The left of the picture is the patient\'s right.</p>')


def pager(here: int, last: int, n: int) -> None:
    """Which of the pictures are shown, and the way to the others."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        first, until = here * PER_PAGE + 1, min(n, (here + 1) * PER_PAGE)
        st.markdown(f"{first}–{until} of {numbers.count(n)}", width="content")
        for label, icon, to in (
            ("Earlier", ":material/chevron_left:", here - 1),
            ("Later", ":material/chevron_right:", here + 1),
        ):
            st.button(label, icon=icon, key=f"data-{label}", disabled=not 0 <= to <= last, on_click=turn, args=(to,))


def turn(to: int) -> None:
    """Another page of pictures."""
    st.session_state[session_keys.DATA_PICTURE_PAGE] = to


def card(protocol: s.Protocol, row: s.QualityRow, case: s.Case | None, modality: str, may_decide: bool) -> None:
    """One study: picture, what is known, the decision."""
    st.html(case_picture(row.case_id, row.study_id, modality, protocol, SIDE, codes=True))
    query = {
        query_parameters.CASE: row.case_id,
        query_parameters.COHORT: st.query_params.get(query_parameters.COHORT, ""),
    }
    st.page_link(
        "pages/cases.py", label=escape_markdown(row.study_id), query_params={k: v for k, v in query.items() if v}
    )
    st.caption(words(protocol, row, case))
    if not may_decide:
        return
    with st.container(horizontal=True):
        if row.review == "unseen":
            st.button(
                "Approve",
                key=f"approve-{row.case_id}",
                icon=":material/check:",
                on_click=decide,
                args=(row.case_id, "approve"),
            )
            with st.popover("Exclude", icon=":material/block:"):
                st.text_input(
                    "Why",
                    key=session_keys.exclusion_reason(row.case_id),
                    max_chars=500,
                    placeholder="the mask is mirrored",
                )
                st.button(
                    f"Exclude {escape_markdown(row.study_id)}",
                    key=f"exclude-{row.case_id}",
                    on_click=decide,
                    args=(row.case_id, "exclude"),
                )
        else:
            st.button(
                "Take back",
                key=f"reopen-{row.case_id}",
                icon=":material/undo:",
                on_click=decide,
                args=(row.case_id, "reopen"),
            )


def words(protocol: s.Protocol, row: s.QualityRow, case: s.Case | None) -> str:
    """`PI-RADS 4 · gland 44.3 mL`, then the decision or the warnings."""
    known = [] if case is None else [case_facts.first_label(case, protocol)]
    region = frame_of(protocol) or finding_of(protocol)
    volume = None if case is None or region is None else case.volumes_ml.get(region)
    known += [] if volume is None or region is None else [f"{spoken(region)} {volume:.1f} mL"]
    lines = [escape_markdown(" · ".join(part for part in known if part))]
    if row.review != "unseen":
        lines.append(f"**{row.review.capitalize()}** by {escape_markdown(row.reviewed_by or '')}")
    lines += [f":material/warning: {escape_markdown(warning)}" for warning in row.warnings]
    return "  \n".join(line for line in lines if line)


def decide(case_id: str, decision: str) -> None:
    """Sends a decision, an exclusion with its reason; everything that was read of cases is read anew."""
    note = st.session_state.get(session_keys.exclusion_reason(case_id), "") if decision == "exclude" else ""
    try:
        connection.client().decide(case_id, s.DecisionCreate.model_validate({"decision": decision, "note": note}))
    except ApiError as error:
        st.session_state[session_keys.DATA_REFUSAL] = error.problem.detail
    cohorts.clear_cases()
