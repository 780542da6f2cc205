"""How much each user and each project may take: read, set and taken back, for administrators."""

import streamlit as st

from frontend.account.credentials import tried
from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.state import session_keys
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST = 10**12


def part() -> None:
    """Below the users; nothing is asked before somebody wants to see it."""
    st.subheader("How much each may take", anchor=False)
    if not st.toggle("Show limits", key="quotas-shown"):
        return
    st.markdown("Of a user the jobs that wait or run at once; of a project the disk of its stored images and weights.")
    found = answer_or_stop(connection.client().quotas)
    for one in found:
        _row(one)


def words(one: s.Quota) -> str:
    """What is taken of what is allowed, and who says so."""
    unit = "jobs" if one.kind == "user" else "MB"
    most = "no limit" if one.limit is None else f"at most {one.limit:,}"
    return f"{one.taken:,} {unit} now, {most}; {'set here' if one.own else 'as the settings of the server say'}"


def _row(one: s.Quota) -> None:
    icon = "person" if one.kind == "user" else "folder_shared"
    with st.container(border=True, key=f"quota-{one.kind}-{one.id}"):
        text, actions = st.columns([3, 2], vertical_alignment="center")
        text.markdown(f":material/{icon}: **{escape_markdown(one.name)}**")
        text.caption(words(one))
        with (
            actions.container(horizontal=True, horizontal_alignment="right"),
            st.popover("Change", key=f"quota-change-{one.kind}-{one.id}"),
        ):
            chosen = f"quota-value-{one.kind}-{one.id}"
            label = "Jobs at once" if one.kind == "user" else "MB; 0 is no limit"
            st.number_input(label, 0, MOST, one.limit or 0, key=chosen)
            key = f"quota-set-{one.kind}-{one.id}"
            st.button("Set", key=key, type="primary", on_click=_set, args=(one.kind, one.id, chosen))
            if one.own:
                key = f"quota-end-{one.kind}-{one.id}"
                st.button("Back to the server's settings", key=key, on_click=_end, args=(one.kind, one.id))


def _set(kind: s.QuotaKind, name: str, chosen: str) -> None:
    limit = int(st.session_state[chosen])
    tried(lambda: connection.client().allow(kind, name, limit), session_keys.USERS_REFUSAL)


def _end(kind: s.QuotaKind, name: str) -> None:
    tried(lambda: connection.client().end_quota(kind, name), session_keys.USERS_REFUSAL)
