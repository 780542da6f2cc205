"""A row for each thing that somebody is signed in with, with its end; and what to do with a refusal."""

from collections.abc import Callable

import streamlit as st

from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

ICONS = {
    "session": ":material/devices:",
    "api": ":material/key:",
    "login": ":material/link:",
    "invitation": ":material/mail:",
}
NAMES = {"login": "open sign-in link", "invitation": "open invitation"}
SCOPES = {"read": "reads", "write": "reads and writes", "admin": "all that its user may"}


def row(one: s.Credential, end: Callable[[str], None]) -> None:
    """One session, token or open link, with a button that ends it."""
    with st.container(border=True, key=f"sign-in-{one.id}"):
        text, action = st.columns([5, 1], vertical_alignment="center")
        name = escape_markdown(one.name or NAMES.get(one.kind, "a program"))
        here = " · this browser" if one.current else ""
        text.markdown(f"{ICONS[one.kind]} **{name}**{here}")
        text.caption(escape_markdown(story(one)))
        if not one.current:
            right = action.container(horizontal=True, horizontal_alignment="right")
            right.button("End", key=f"end-sign-in-{one.id}", on_click=end, args=(one.id,))


def story(one: s.Credential) -> str:
    """What it may do, since when, used last, and until when."""
    may = [SCOPES[one.scope]] if one.kind == "api" else []
    used = f"last used {numbers.day(one.last_used_at)}" if one.last_used_at else "not used yet"
    end = "until you end it" if one.expires_at is None else f"until {numbers.day(one.expires_at)}"
    if one.state == "expired":
        end = f"expired {numbers.day(one.expires_at)}" if one.expires_at else "expired"
    return "; ".join([*may, f"since {numbers.day(one.created_at)}", used, end])


def tried(what: Callable[[], object], refusal: str = session_keys.ACCOUNT_REFUSAL) -> bool:
    """Whether it was done; a refusal is kept under that key, to be shown when the page is drawn."""
    try:
        what()
    except ApiError as error:
        st.session_state[refusal] = error.problem.detail
        return False
    return True
