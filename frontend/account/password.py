"""The form of one's own password, the first or a new one."""

import streamlit as st

from frontend.account.credentials import tried
from frontend.api import connection
from frontend.state import session_keys
from shared import schemas as s

SHORTEST = 12


def form(own: s.Account) -> None:
    """Folded away: most people change it never."""
    title = "Change your password" if own.has_password else "Set a password"
    with st.expander(title, icon=":material/password:"), st.form("password-form", border=False):
        if not own.has_password:
            st.markdown("You sign in by one-time links. With a password you can also sign in without one.")
        if own.has_password:
            st.text_input(
                "Present password", type="password", max_chars=200, key=session_keys.ACCOUNT_OLD,
                autocomplete="current-password",
            )  # fmt: skip
        st.text_input(
            "New password", type="password", max_chars=200, key=session_keys.ACCOUNT_NEW,
            autocomplete="new-password", help=f"{SHORTEST} characters or more; a few words in a row do well.",
        )  # fmt: skip
        st.text_input(
            "The same again", type="password", max_chars=200, key=session_keys.ACCOUNT_AGAIN,
            autocomplete="new-password",
        )  # fmt: skip
        st.checkbox("End my API tokens too", key=session_keys.ACCOUNT_END_BEARERS)
        st.caption("Your other browsers are signed out.")
        st.form_submit_button("Save the password", type="primary", key=session_keys.ACCOUNT_SAVE, on_click=_save)


def _save() -> None:
    chosen = st.session_state
    new, again = chosen[session_keys.ACCOUNT_NEW], chosen[session_keys.ACCOUNT_AGAIN]
    if new != again or not new:
        chosen[session_keys.ACCOUNT_REFUSAL] = "The two new passwords differ; type the same one twice."
        return
    old = chosen.get(session_keys.ACCOUNT_OLD) or None
    change = s.PasswordChange(old=old, new=new, end_tokens=chosen[session_keys.ACCOUNT_END_BEARERS])
    if tried(lambda: connection.client().change_password(change)):
        chosen[session_keys.ACCOUNT_DONE] = "The password is saved; other browsers are signed out."
        for key in (session_keys.ACCOUNT_OLD, session_keys.ACCOUNT_NEW, session_keys.ACCOUNT_AGAIN):
            chosen.pop(key, None)
