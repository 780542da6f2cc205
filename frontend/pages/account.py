"""The page Account: one's own password, the browsers one is signed in with, and tokens for scripts."""

import streamlit as st

from frontend.account import credentials, mail, password, tokens
from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.state import session_keys
from frontend.text.escape import escape_markdown


def page() -> None:
    """Draws the page."""
    st.title("Account")
    own = answer_or_stop(connection.client().account)
    if not own.sign_in:
        st.markdown("This server runs without sign-in: whoever reaches it is its owner, and nobody has an account.")
        return
    st.markdown(f"You are **{escape_markdown(own.name)}**, {own.role} on this server.")
    if refusal := st.session_state.pop(session_keys.ACCOUNT_REFUSAL, None):
        st.error(escape_markdown(refusal), icon=":material/error:")
    if done := st.session_state.pop(session_keys.ACCOUNT_DONE, None):
        st.success(escape_markdown(done), icon=":material/check_circle:")
    if own.from_outside and not own.has_password:
        st.markdown("Your institution signs you in, so there is no password here.")
    else:
        password.form(own)
    mail.form()
    found = answer_or_stop(connection.client().sign_ins)
    st.subheader("Signed in", anchor=False)
    st.markdown(
        "Every browser that is signed in as you. End what you do not know"
        + (", then change your password." if own.has_password else ".")
    )
    for one in found:
        if one.kind == "session":
            credentials.row(one, end=_end)
    tokens.part([one for one in found if one.kind == "api"], end=_end)


def _end(sign_in_id: str) -> None:
    credentials.tried(lambda: connection.client().end_sign_in(sign_in_id))


page()
