"""A row for each user: role, password, last use; with a new invitation, another role, and the way out."""

from collections.abc import Sequence

import streamlit as st

from frontend.account import credentials, invitations
from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

OWNER = "owner"


def listing(found: Sequence[s.User], me: s.Me) -> None:
    """Users who may sign in; below them those who are disabled."""
    ended = [user for user in found if user.disabled]
    for user in found:
        if not user.disabled:
            _row(user, me)
    if ended:
        with st.expander(f"Disabled: {numbers.counted(len(ended), 'user')}", key="disabled-users"):
            for user in ended:
                _row(user, me)


def _row(user: s.User, me: s.Me) -> None:
    with st.container(border=True, key=f"user-{user.id}"):
        text, actions = st.columns([3, 2], vertical_alignment="center")
        text.markdown(f":material/person: **{escape_markdown(user.name)}** · {user.role}")
        text.caption(escape_markdown(story(user)))
        with actions.container(horizontal=True, horizontal_alignment="right"):
            if user.name in (OWNER, me.name):
                return
            if user.disabled:
                st.button(
                    "Let in again",
                    key=f"enable-{user.id}",
                    on_click=_change,
                    args=(user.id,),
                    kwargs={"disabled": False},
                )
                return
            _more(user)


def _more(user: s.User) -> None:
    """What can be done with a user, folded away."""
    with st.popover("Change", key=f"change-{user.id}"):
        role = st.selectbox("Role", invitations.ROLES, invitations.ROLES.index(user.role), key=f"role-{user.id}")
        st.button(
            "Give this role", key=f"set-role-{user.id}", disabled=role == user.role,
            on_click=_change, args=(user.id,), kwargs={"role": role},
        )  # fmt: skip
        st.button("New invitation", key=f"invite-{user.id}", on_click=_invite, args=(user.id,))
        st.caption("For a forgotten password, too. The present one works until a new one is chosen.")
        if st.toggle("Show what they are signed in with", key=f"sign-ins-of-{user.id}"):
            for one in answer_or_stop(lambda: connection.client().user_sign_ins(user.id)):
                credentials.row(one, end=lambda sign_in_id: _end(user.id, sign_in_id))
        st.button("Disable", key=f"disable-{user.id}", on_click=_change, args=(user.id,), kwargs={"disabled": True})
        st.caption("Ends every session, token and link of theirs at once. What they made stays.")


def story(user: s.User) -> str:
    """How they sign in, since when, and when they were here last."""
    outside = "known by an institution" if user.from_outside else ""
    way = ", ".join(filter(None, [outside, "has a password" if user.has_password else ""])) or "signs in by links"
    last = f"here last {numbers.day(user.last_used_at)}" if user.last_used_at else "never here yet"
    return f"{way}; added {numbers.day(user.created_at)}; {last}"


def _change(user_id: str, role: s.Role | None = None, disabled: bool | None = None) -> None:
    change = s.UserChange(role=role, disabled=disabled)
    credentials.tried(lambda: connection.client().change_user(user_id, change), session_keys.USERS_REFUSAL)


def _invite(user_id: str) -> None:
    credentials.tried(
        lambda: invitations.keep(connection.client().invite(user_id, invitations.DAYS)), session_keys.USERS_REFUSAL
    )


def _end(user_id: str, sign_in_id: str) -> None:
    credentials.tried(lambda: connection.client().end_user_sign_in(user_id, sign_in_id), session_keys.USERS_REFUSAL)
