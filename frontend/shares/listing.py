"""Every link with its state: who made it, how often it was opened, and what can be done with it."""

import streamlit as st

from frontend.api import connection
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

STATES = {
    "active": (":material/link:", "open"),
    "expired": (":material/timer_off:", "expired"),
    "revoked": (":material/link_off:", "withdrawn"),
    "damaged": (":material/broken_image:", "damaged"),
}
LIVING = ("active", "damaged")


def listing(shares: list[s.Share]) -> None:
    """Links that open, and damaged ones; below them those that ended."""
    st.subheader("Links", anchor=False)
    if not shares:
        st.markdown("No link has been made yet.")
        return
    living = [share for share in shares if share.state in LIVING]
    ended = [share for share in shares if share.state not in LIVING]
    if not living:
        st.markdown("No link is open.")
    for share in living:
        row(share)
    if ended:
        with st.expander(f"Ended: {numbers.counted(len(ended), 'link')}", expanded=not living, key="ended-links"):
            for share in ended:
                row(share)
    wanted = st.session_state.pop(session_keys.SHARE_TO_REVOKE, None)
    doomed = next((share for share in shares if share.id == wanted), None)
    if doomed is not None:
        confirm(doomed)


def row(share: s.Share) -> None:
    """One link."""
    with st.container(border=True, key=f"share-{share.id}"):
        text, actions = st.columns([4, 2], vertical_alignment="center")
        icon, word = STATES[share.state]
        label, about = escape_markdown(share.label or "no label"), escape_markdown(share.analysis_title)
        text.markdown(f"{icon} {word} · **{label}** · {about}")
        text.caption(escape_markdown(story(share)))
        with actions.container(horizontal=True, horizontal_alignment="right"):
            if can_be_extended(share):
                extend_box(share)
            if share.state in LIVING:
                st.button("Withdraw", key=f"revoke-{share.id}", on_click=confirm_next, args=(share.id,))


def can_be_extended(share: s.Share) -> bool:
    """A new end opens nothing of a link that was withdrawn, or opened as often as it may be."""
    used_up = share.max_views is not None and share.opened >= share.max_views
    return share.state in ("active", "expired") and not used_up


def extend_box(share: s.Share) -> None:
    """A new end, in days from now."""
    with st.popover("Extend", key=f"extend-box-{share.id}"):
        days = st.number_input("Days from now", 1, 90, 14, key=f"extend-days-{share.id}")
        st.button("Set the new end", key=f"extend-{share.id}", on_click=extend, args=(share.id, days))


def story(share: s.Share) -> str:
    """Who made it and when, how often it was opened, when it ends or ended."""
    if share.state == "damaged":
        return "It opens nothing. Withdraw it, or restore the data folder from a backup."
    opened = f"opened {numbers.counted(share.opened, 'time')}" if share.opened else "never opened"
    if share.max_views is not None:
        opened = f"opened {numbers.count(share.opened)} of {numbers.counted(share.max_views, 'time')}"
    guard = "; asks for a passphrase" if share.has_passphrase else ""
    last = f", last {numbers.day(share.last_opened_at)}" if share.last_opened_at else ""
    end = f"works until {numbers.day(share.expires_at)}"
    if share.revoked_at is not None:
        end = f"withdrawn {numbers.day(share.revoked_at)}"
    elif share.state == "expired" and share.max_views is not None and share.opened >= share.max_views:
        end = "used up"
    elif share.state == "expired":
        end = f"expired {numbers.day(share.expires_at)}"
    return f"Made by {share.created_by}, {numbers.day(share.created_at)}; {opened}{last}{guard}; {end}."


def confirm_next(share_id: str) -> None:
    """Asks before a link is withdrawn."""
    st.session_state[session_keys.SHARE_TO_REVOKE] = share_id


@st.dialog("Withdraw this link?")
def confirm(share: s.Share) -> None:
    """Dialog that asks before a link is withdrawn."""
    st.markdown(
        f"The link **{escape_markdown(share.label or share.analysis_title)}** stops working at once, "
        "also for people who have it open. This cannot be undone; you can make a new link."
    )
    with st.container(horizontal=True):
        done = st.button(
            "Withdraw", type="primary", key=session_keys.SHARE_REVOKE_CONFIRM, on_click=revoke, args=(share.id,)
        )
        kept = st.button("Keep it", key=session_keys.SHARE_REVOKE_CANCEL)
    if done or kept:
        st.rerun()


def extend(share_id: str, days: int) -> None:
    """Gives a link a new end."""
    try:
        connection.client().extend(share_id, days)
    except ApiError as error:
        st.session_state[session_keys.SHARES_REFUSAL] = error.problem.detail


def revoke(share_id: str) -> None:
    """Withdraws a link."""
    made: s.ShareCreated | None = st.session_state.get(session_keys.SHARE_CREATED)
    if made is not None and made.id == share_id:
        del st.session_state[session_keys.SHARE_CREATED]
    try:
        connection.client().revoke(share_id)
    except ApiError as error:
        st.session_state[session_keys.SHARES_REFUSAL] = error.problem.detail
