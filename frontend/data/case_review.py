"""Pictures of studies to look through, and the decisions about them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from frontend.components.case_picture import case_picture
from frontend.components.protocol_view import outlines
from frontend.data import decisions
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocol_words import finding_of, frame_of, shown_modalities, spoken

PER_PAGE = 8
ACROSS = 4
SIDE = 360


def first_page() -> None:
    """Back to the first pictures."""
    st.session_state[session_keys.DATA_PICTURE_PAGE] = 0
    st.session_state.pop(session_keys.DATA_AT, None)


def show(cohort: s.Cohort, rows: Sequence[s.QualityRow], cases: Mapping[str, s.Case], may_decide: bool) -> None:
    """Pictures of `rows` in pages of eight; a viewer sees them without the buttons."""
    protocol = cohort.protocol
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
    framed = st.session_state.get(session_keys.DATA_AT)
    at = next((place for place, row in enumerate(shown) if row.case_id == framed), 0)
    if may_decide:
        keys(cohort.id, shown, at)
    for start in range(0, len(shown), ACROSS):
        row_of = enumerate(shown[start : start + ACROSS], start)
        for column, (place, row) in zip(st.columns(ACROSS), row_of, strict=False):
            kind = "card-here" if may_decide and place == at else f"card-{row.case_id}"
            with column, st.container(key=kind, gap="small"):
                card(cohort, row, cases.get(row.case_id), modality, may_decide)
    if not may_decide:
        st.caption("Your role reads only; a researcher approves and excludes.")
    finding, frame = finding_of(protocol), frame_of(protocol)
    most = " The slice with most of the " + spoken(finding) if finding else " The middle slice"
    most += f", else of the {spoken(frame)}." if frame else "."
    st.html(f'<p class="outlines">{outlines(protocol)}{most} The left of the picture is the patient\'s right.</p>')


def pager(here: int, last: int, n: int) -> None:
    """Which of the pictures are shown, and the way to the others where there are any."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if last == 0:
            st.markdown(numbers.counted(n, "study", "studies"), width="content")
            return
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
    st.session_state.pop(session_keys.DATA_AT, None)


def keys(cohort_id: str, shown: Sequence[s.QualityRow], at: int) -> None:
    """What one does with the framed study by key, and with all that are shown at once."""
    row = shown[at]
    unseen = [one for one in shown if one.review == "unseen"]
    with st.container(horizontal=True, vertical_alignment="center", key="data-keys"):
        st.button("Previous", key="data-before", shortcut="K", disabled=at == 0, on_click=move, args=(shown, at - 1))
        st.button(
            "Next", key="data-after", shortcut="J", disabled=at == len(shown) - 1, on_click=move, args=(shown, at + 1)
        )
        st.button(
            f"Approve {escape_markdown(row.study_id)}",
            key="data-approve",
            shortcut="A",
            disabled=row.review != "unseen",
            on_click=approve_and_go,
            args=(cohort_id, shown, at),
        )
        st.button(
            f"Approve all {len(unseen)} shown" if len(unseen) > 1 else "Approve all shown",
            key="data-approve-shown",
            icon=":material/done_all:",
            disabled=len(unseen) < 2,
            on_click=decisions.decide,
            args=(cohort_id, unseen, "approve"),
            help="All studies with a picture here that nobody has decided on.",
        )
        decisions.last()


def move(shown: Sequence[s.QualityRow], to: int) -> None:
    """Frames another of the pictures shown."""
    st.session_state[session_keys.DATA_AT] = shown[to].case_id


def approve_and_go(cohort_id: str, shown: Sequence[s.QualityRow], at: int) -> None:
    """Approves the framed study and frames the next one that waits."""
    decisions.decide(cohort_id, [shown[at]], "approve")
    waiting = [one for one in shown[at + 1 :] if one.review == "unseen"]
    st.session_state[session_keys.DATA_AT] = (waiting or [shown[at]])[0].case_id


def card(cohort: s.Cohort, row: s.QualityRow, case: s.Case | None, modality: str, may_decide: bool) -> None:
    """One study: picture, what is known, the decision."""
    protocol = cohort.protocol
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
                on_click=decisions.decide,
                args=(cohort.id, [row], "approve"),
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
                    on_click=decisions.decide,
                    args=(cohort.id, [row], "exclude"),
                )
        else:
            st.button(
                "Take back",
                key=f"reopen-{row.case_id}",
                icon=":material/undo:",
                on_click=decisions.decide,
                args=(cohort.id, [row], "reopen"),
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
