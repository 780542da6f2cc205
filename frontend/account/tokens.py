"""Tokens for scripts: one's own, with a form for a new one, which is shown once."""

from collections.abc import Callable, Sequence

import streamlit as st

from frontend.account import credentials
from frontend.api import connection
from frontend.state import session_keys
from frontend.text import numbers
from shared import schemas as s

SCOPES: dict[s.Scope, str] = {"read": "read", "write": "read and write", "admin": "all that I may"}
LIVES = {30: "30 days", 90: "90 days", 365: "a year", None: "until I end it"}


def part(found: Sequence[s.Credential], end: Callable[[str], None]) -> None:
    """The tokens, and the form."""
    st.subheader("API tokens", anchor=False)
    st.markdown("A token lets a script or notebook in as you, within its scope. A token makes no further token.")
    _made()
    for one in found:
        credentials.row(one, end)
    if not found:
        st.markdown("You have none.")
    with (
        st.form("new-token-form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("For what", max_chars=80, key=session_keys.BEARER_NAME, placeholder="night script", width=240)
        st.selectbox("It may", list(SCOPES), format_func=SCOPES.__getitem__, key=session_keys.BEARER_SCOPE, width=180)
        st.selectbox("It lives", list(LIVES), 1, format_func=LIVES.__getitem__, key=session_keys.BEARER_DAYS, width=180)
        st.form_submit_button("Make a token", icon=":material/add:", key=session_keys.BEARER_MAKE, on_click=_make)


def _made() -> None:
    """The new token; it is shown once and stored nowhere."""
    made: s.TokenCreated | None = st.session_state.get(session_keys.BEARER_CREATED)
    if made is None:
        return
    with st.container(border=True, key="new-token"):
        st.code(made.token, language=None, wrap_lines=True)
        until = f"It works until {numbers.day(made.credential.expires_at)}." if made.credential.expires_at else ""
        st.markdown(f"Copy it now: it is not stored and will not be shown again. {until}")
        st.button("Done", key=session_keys.BEARER_CREATED_DONE, on_click=_forget)


def _forget() -> None:
    st.session_state.pop(session_keys.BEARER_CREATED, None)


def _make() -> None:
    chosen = st.session_state
    name = chosen[session_keys.BEARER_NAME].strip()
    if not name:
        chosen[session_keys.ACCOUNT_REFUSAL] = "Say what the token is for, so that you know it in the list."
        return
    wanted = s.TokenCreate(name=name, scope=chosen[session_keys.BEARER_SCOPE], days=chosen[session_keys.BEARER_DAYS])

    def make() -> None:
        chosen[session_keys.BEARER_CREATED] = connection.client().make_token(wanted)

    if credentials.tried(make):
        chosen[session_keys.BEARER_NAME] = ""
