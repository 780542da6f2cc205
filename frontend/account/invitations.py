"""The form that adds a user, and the invitation that it makes, shown once."""

from urllib.parse import urlsplit

import streamlit as st

from frontend.account.credentials import tried
from frontend.api import connection
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

ROLES: tuple[s.Role, ...] = ("viewer", "researcher", "admin")
DAYS = 7


def made() -> None:
    """The new invitation; it is shown once and stored nowhere."""
    invitation: s.Invitation | None = st.session_state.get(session_keys.INVITATION)
    if invitation is None:
        return
    parts = urlsplit(st.context.url or "")
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    with st.container(border=True, key="new-invitation"):
        st.markdown(f":material/mail: **Invitation of {escape_markdown(invitation.user.name)}**")
        st.code(f"{origin}{invitation.path}", language=None, wrap_lines=True)
        st.markdown(f"Copy it now: it is shown this once. It works once, until {numbers.day(invitation.expires_at)}.")
        st.button("Done", key=session_keys.INVITATION_DONE, on_click=_forget)


def form() -> None:
    """Name and role of a new user."""
    with (
        st.form("new-user-form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Name", max_chars=80, key=session_keys.USER_NAME, placeholder="ann", width=240)
        st.selectbox(
            "Role", ROLES, 1, key=session_keys.USER_ROLE, width=180,
            help="A viewer reads, a researcher also works, an administrator also manages users.",
        )  # fmt: skip
        st.form_submit_button("Add and invite", type="primary", key=session_keys.USER_ADD, on_click=_add)


def keep(make: s.Invitation) -> None:
    """Has an invitation shown when the page is drawn."""
    st.session_state[session_keys.INVITATION] = make


def _forget() -> None:
    st.session_state.pop(session_keys.INVITATION, None)


def _add() -> None:
    chosen = st.session_state
    name = chosen[session_keys.USER_NAME].strip()
    if not name:
        chosen[session_keys.USERS_REFUSAL] = "Say what the user is called."
        return
    wanted = s.UserCreate(name=name, role=chosen[session_keys.USER_ROLE], days=DAYS)
    if tried(lambda: keep(connection.client().add_user(wanted)), session_keys.USERS_REFUSAL):
        chosen[session_keys.USER_NAME] = ""
