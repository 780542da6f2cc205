"""Stars: the button that sets one, what is starred, and the box that keeps a list to what is."""

import streamlit as st

from frontend.api import connection, notes
from frontend.state import query_parameters, session_keys
from shared import schemas as s
from shared.client import ApiError

MARK = "★"
YES = "yes"


def button(place: str, thing: s.StarCreate) -> None:
    """Sets or takes away the user's star on a thing; `place` names the page or panel."""
    set_ = _of(thing)
    st.button(
        f"{MARK} Starred" if set_ else "☆ Star",
        key=session_keys.of_thing("star", place, thing),
        type="tertiary",
        on_click=_toggle,
        args=(thing, set_.id if set_ else None),
        help="Only you see your stars. Choose it again to take this one away."
        if set_
        else "Mark this to find it again; only you see your stars.",
    )


def features(analysis_id: str) -> set[str]:
    """The starred features of an analysis."""
    return {one.feature for one in notes.stars() if one.analysis_id == analysis_id and one.feature is not None}


def cases() -> set[str]:
    """The ids of starred cases."""
    return {one.case_id for one in notes.stars() if one.case_id is not None}


def marked(words: str, is_starred: bool) -> str:
    """The words of a line of a list, with the mark where it is starred."""
    return f"{MARK} {words}" if is_starred else words


def only() -> bool:
    """Whether the address keeps lists to what is starred."""
    return st.query_params.get(query_parameters.STARRED) == YES


def box(place: str) -> None:
    """The box that keeps a list to what is starred; the address holds the choice."""
    key = session_keys.only_starred(place)
    st.session_state[key] = only()
    st.checkbox(f"Only {MARK}", key=key, on_change=_choose, args=(key,), help="Only what you have starred.")


def _of(thing: s.StarCreate) -> s.Star | None:
    wanted = (thing.analysis_id, thing.feature, thing.case_id)
    return next((one for one in notes.stars() if (one.analysis_id, one.feature, one.case_id) == wanted), None)


def _toggle(thing: s.StarCreate, star_id: str | None) -> None:
    try:
        if star_id is None:
            connection.client().star(thing)
        else:
            connection.client().unstar(star_id)
    except ApiError as error:
        st.session_state[session_keys.MARK_REFUSAL] = error.problem.detail
    notes.stars.clear()


def _choose(key: str) -> None:
    st.query_params.pop(query_parameters.STARRED, None)
    if st.session_state[key]:
        st.query_params[query_parameters.STARRED] = YES
