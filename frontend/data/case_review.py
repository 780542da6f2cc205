"""Pictures of studies to look through, and the decisions about them."""

import html
from collections.abc import Sequence
from urllib.parse import quote

import streamlit as st

from frontend.api import cohorts, connection
from frontend.state import query_parameters, session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

PER_PAGE = 8
ACROSS = 4
SIDE = 360
IMAGES: tuple[s.Modality, ...] = ("T2", "DWI", "ADC")
TAKEN = {"approve": "approved", "exclude": "excluded", "reopen": "taken back"}


def first_page() -> None:
    """Back to the first pictures."""
    st.session_state[session_keys.DATA_PICTURE_PAGE] = 0


def refusal() -> None:
    """What the server said to the last decision, where it refused it."""
    sentence = st.session_state.pop(session_keys.DATA_REFUSAL, None)
    if sentence:
        st.error(escape_markdown(sentence), icon=":material/error:")


def show(rows: Sequence[s.QualityRow], may_decide: bool) -> None:
    """Pictures of `rows` in pages of eight; a viewer sees them without the buttons."""
    if not rows:
        return
    last = (len(rows) - 1) // PER_PAGE
    here = min(st.session_state.get(session_keys.DATA_PICTURE_PAGE, 0), last)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        modality = st.segmented_control("Picture", IMAGES, default="T2", required=True, key=session_keys.DATA_MODALITY)
        pager(here, last, len(rows))
    shown = rows[here * PER_PAGE : (here + 1) * PER_PAGE]
    for start in range(0, len(shown), ACROSS):
        for column, row in zip(st.columns(ACROSS), shown[start : start + ACROSS], strict=False):
            with column:
                card(row, modality, may_decide)
    if not may_decide:
        st.caption("Your role reads only; a researcher approves and excludes.")
    st.caption(
        "The slice with most lesion, else most gland. Outlines: gland blue, lesion yellow, zones purple. "
        "The left of the picture is the patient's right."
    )


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


def card(row: s.QualityRow, modality: s.Modality, may_decide: bool) -> None:
    """One study: picture, what is known, the decision."""
    st.html(picture(row, modality))
    query = {
        query_parameters.CASE: row.case_id,
        query_parameters.COHORT: st.query_params.get(query_parameters.COHORT, ""),
    }
    st.page_link(
        "pages/cases.py", label=escape_markdown(row.study_id), query_params={k: v for k, v in query.items() if v}
    )
    st.caption(words(row))
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


def picture(row: s.QualityRow, modality: s.Modality) -> str:
    """The study's picture, which the browser fetches from the API when it comes into view."""
    words = html.escape(f"{modality} of {row.study_id} with outlines", quote=True)
    address = f"/api/v1/cases/{quote(row.case_id)}/slice.png"
    query = f"modality={modality}&amp;part=gland&amp;side={SIDE}&amp;rois=gland,lesion,zones"
    return f'<img class="study-picture" loading="lazy" alt="{words}" src="{address}?{query}">'


def words(row: s.QualityRow) -> str:
    """`PI-RADS 4 · gland 44.3 mL`, then the decision or the warnings."""
    known = [] if row.pirads is None else [f"PI-RADS {row.pirads}"]
    known += [] if row.gland_ml is None else [f"gland {row.gland_ml:.1f} mL"]
    lines = [" · ".join(known)]
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
