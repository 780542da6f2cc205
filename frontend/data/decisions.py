"""Decisions about studies, one or several at once, and the way back from the last ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from frontend.api import cohorts, connection
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

Choice = Literal["approve", "exclude", "reopen"]
TAKEN = {"approve": "approved", "exclude": "excluded", "reopen": "taken back"}
RESTORES: dict[str, Choice] = {"unseen": "reopen", "approved": "approve", "excluded": "exclude"}
"""What a study was before a decision -> the decision that makes it so again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision of this session: about which study, and what the study was before."""

    case_id: str
    study_id: str
    decision: Choice
    before: s.Review
    note_before: str


def decide(cohort_id: str, rows: Sequence[s.QualityRow], decision: Choice) -> None:
    """Sends one decision about each of these studies, an exclusion with its reason; what succeeded can be undone."""
    notes = _notes(cohort_id) if any(row.review == "excluded" for row in rows) else {}
    taken = []
    for row in rows:
        note = st.session_state.get(session_keys.exclusion_reason(row.case_id), "") if decision == "exclude" else ""
        if not _sent(row.case_id, row.study_id, decision, note):
            break
        taken.append(Taken(row.case_id, row.study_id, decision, row.review, notes.get(row.study_id, "")))
    st.session_state[session_keys.DATA_TAKEN] = tuple(taken)
    cohorts.clear_cases()


def undo() -> None:
    """Makes the studies of the last decision what they were before it."""
    for one in st.session_state.pop(session_keys.DATA_TAKEN, ()):
        if not _sent(one.case_id, one.study_id, RESTORES[one.before], one.note_before):
            break
    cohorts.clear_cases()


def last() -> None:
    """What was decided last, with the button that takes it back; nothing before the first decision."""
    taken: tuple[Taken, ...] = st.session_state.get(session_keys.DATA_TAKEN, ())
    if not taken:
        return
    word = TAKEN[taken[0].decision]
    what = taken[0].study_id if len(taken) == 1 else numbers.counted(len(taken), "study", "studies")
    with st.container(horizontal=True, vertical_alignment="center", key="data-undo"):
        st.markdown(f":material/check_circle: {escape_markdown(what)} {word}.", width="content")
        st.button("Undo", key=session_keys.DATA_UNDO, icon=":material/undo:", shortcut="U", on_click=undo)


def refusal() -> None:
    """What the server said to the last decision, where it refused it."""
    sentence = st.session_state.pop(session_keys.DATA_REFUSAL, None)
    if sentence:
        st.error(escape_markdown(sentence), icon=":material/error:")


def _sent(case_id: str, study_id: str, decision: Choice, note: str) -> bool:
    try:
        connection.client().decide(case_id, s.DecisionCreate(decision=decision, note=note))
    except ApiError as error:
        st.session_state[session_keys.DATA_REFUSAL] = f"{study_id}: {error.problem.detail}"
        return False
    return True


def _notes(cohort_id: str) -> dict[str, str]:
    """The newest reason to exclude, by study."""
    found: dict[str, str] = {}
    for one in cohorts.decisions(cohort_id):
        if one.decision == "exclude":
            found.setdefault(one.study_id, one.note)
    return found
