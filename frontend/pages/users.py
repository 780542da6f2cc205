"""The page Users, for administrators: who may sign in, with which role, and with what they are signed in."""

import streamlit as st

from frontend.account import invitations, people, quotas
from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.state import session_keys
from frontend.text.escape import escape_markdown


def page() -> None:
    """Draws the page."""
    st.title("Users")
    me = answer_or_stop(connection.client().me)
    if me.role != "admin":
        st.markdown("Administrators of this server add users here; ask one of them.")
        return
    st.markdown(
        "Whoever is added gets an invitation: a link that works once, to choose a password. Give it to that person "
        "alone, by a way you trust."
    )
    if refusal := st.session_state.pop(session_keys.USERS_REFUSAL, None):
        st.error(escape_markdown(refusal), icon=":material/error:")
    invitations.made()
    invitations.form()
    found = answer_or_stop(connection.client().users)
    notices.unreadable(("user", found))
    people.listing(found, me)
    quotas.part()


page()
