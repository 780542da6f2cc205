"""What people put on an analysis, a feature or a case: a star, and notes in a compact fold."""

import streamlit as st

from frontend.api import connection, notes
from frontend.components import notices, stars
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import ApiError
from shared.schemas.notes import MOST_OF_A_NOTE

EMPTY = "No note yet. A note is plain text that everybody signed in can read, with its author and time."


def show(place: str, thing: s.StarCreate) -> None:
    """The star and the notes of a thing; `place` names the page or panel."""
    refusal = st.session_state.pop(session_keys.MARK_REFUSAL, None)
    if refusal:
        st.error(escape_markdown(refusal), icon=":material/error:")
    found = notes.notes(thing.analysis_id, thing.feature, thing.case_id)
    with st.container(horizontal=True, vertical_alignment="top", key=f"marks-{place}"):
        stars.button(place, thing)
        key = session_keys.of_thing("notes", place, thing)
        title = numbers.counted(len(found), "note") if found else "Notes"
        with st.expander(title, icon=":material/sticky_note_2:", type="compact", key=key, on_change="rerun") as fold:
            if fold.open:
                _notes(place, thing, found)


def words(text: str) -> str:
    """A note as Markdown that shows it as it was written, line by line, without any markup."""
    return "  \n".join(escape_markdown(line) for line in text.splitlines())


def _notes(place: str, thing: s.StarCreate, found: Listed[s.Note]) -> None:
    me = connection.signed_in()
    if me is None:
        return
    notices.unreadable(("note", found))
    for note in found:
        _note(note, thing, place, me)
    if not found:
        st.caption(EMPTY)
    if me.role == "viewer":
        st.caption("Your role reads notes; a researcher writes them.")
        return
    key = session_keys.of_thing("note-text", place, thing)
    st.text_area("Add a note", key=key, max_chars=MOST_OF_A_NOTE, height=80, placeholder="What should others know?")
    st.button(
        "Add note",
        key=f"{key}-add",
        icon=":material/add:",
        on_click=_write,
        args=(thing, key, session_keys.of_thing("notes", place, thing)),
    )


def _note(note: s.Note, thing: s.StarCreate, place: str, me: s.Me) -> None:
    """Who, when, on which feature, and the text; one's own can be deleted."""
    with st.container(gap="xsmall"):
        on = f", on {escape_markdown(note.feature)}" if note.feature and thing.feature is None else ""
        st.caption(f"**{escape_markdown(note.by)}**, {numbers.day(note.at)}{on}")
        st.markdown(words(note.text))
        if note.by == me.name or me.role == "admin":
            st.button(
                "Delete",
                key=f"delete-note-{place}-{note.id}",
                type="tertiary",
                icon=":material/delete:",
                on_click=_delete,
                args=(note.id, session_keys.of_thing("notes", place, thing)),
                help=f"Delete this note of {escape_markdown(note.by)} for everybody.",
            )


def _write(thing: s.StarCreate, key: str, fold: str) -> None:
    st.session_state[fold] = True
    text = st.session_state[key].strip()
    if not text:
        st.session_state[session_keys.MARK_REFUSAL] = "The note is empty; write something first."
        return
    try:
        connection.client().write_note(s.NoteCreate(**thing.model_dump(), text=text))
        st.session_state[key] = ""
    except ApiError as error:
        st.session_state[session_keys.MARK_REFUSAL] = error.problem.detail
    notes.notes.clear()


def _delete(note_id: str, fold: str) -> None:
    st.session_state[fold] = True  # its title counts the notes, and under a new title it would be shut
    try:
        connection.client().delete_note(note_id)
    except ApiError as error:
        st.session_state[session_keys.MARK_REFUSAL] = error.problem.detail
    notes.notes.clear()
