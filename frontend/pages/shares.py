"""The page Shares: links that let somebody without an account see one frozen result."""

from urllib.parse import urlsplit

import streamlit as st

from frontend.api import analyses, cohorts, connection
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.state import query_parameters, session_keys
from frontend.text import labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

STATES = {
    "active": (":material/link:", "open"),
    "expired": (":material/timer_off:", "expired"),
    "revoked": (":material/link_off:", "revoked"),
    "damaged": (":material/broken_image:", "damaged"),
}
SHORTEST = 8


def page() -> None:
    """Draws the page."""
    st.title("Shares")
    st.markdown(
        "A link opens one frozen result for whoever has it, without an account: pseudonyms instead of names, no dates, "
        "nothing else of this system. You can take it back at any time."
    )
    if refusal := st.session_state.pop(session_keys.SHARES_REFUSAL, None):
        st.error(escape_markdown(refusal), icon=":material/error:")
    new_link()
    known, links = analyses.analyses(), answer_or_stop(connection.client().shares)
    notices.unreadable(("analysis", known), ("link", links))
    create(known)
    listing(links)


def new_link() -> None:
    """Shows a new link; it is shown once and stored nowhere."""
    made: s.ShareCreated | None = st.session_state.get(session_keys.SHARE_CREATED)
    if made is None:
        return
    with st.container(border=True, key="new-link"):
        st.markdown(f":material/check_circle: **Link ready: {escape_markdown(made.label or made.analysis_title)}**")
        st.code(f"{origin()}{made.path}", language=None, wrap_lines=True)
        st.markdown(
            f"Copy it now: it is not stored and will not be shown again. It works until {numbers.day(made.expires_at)}."
        )
        st.button(
            "Done",
            key=session_keys.SHARE_CREATED_DONE,
            on_click=lambda: st.session_state.pop(session_keys.SHARE_CREATED),
        )


def origin() -> str:
    """Scheme, host and port this browser uses."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def create(analyses: list[s.Analysis]) -> None:
    """The form of a new link."""
    st.subheader("New link", anchor=False)
    if not analyses:
        st.markdown("There is no analysis to share yet.")
        st.page_link("pages/run.py", label="Run one", icon=":material/play_circle:")
        return
    by_id = {analysis.id: analysis for analysis in analyses}
    wanted = st.query_params.get(query_parameters.ANALYSIS)
    start = list(by_id).index(wanted) if wanted in by_id else 0
    with st.container(border=True, key="new-share-form"):
        st.selectbox(
            "Result", list(by_id), index=start, format_func=lambda i: name(by_id[i]), key=session_keys.SHARE_ANALYSIS
        )
        label, days = st.columns([3, 1])
        label.text_input(
            "For whom or what (only you see this)",
            max_chars=120,
            key=session_keys.SHARE_LABEL,
            placeholder="Dr Weber, tumour board",
        )
        days.number_input("Days it works", 1, 90, 14, key=session_keys.SHARE_DAYS)
        passphrase, views = st.columns([3, 1])
        passphrase.text_input(
            "Passphrase (optional)", type="password", max_chars=200, key=session_keys.SHARE_PASSPHRASE,
            autocomplete="new-password",
            help="Whoever opens the link must type it too; 8 characters or more. Tell it by another way than the link.",
        )  # fmt: skip
        views.number_input("Times it opens", 1, 10_000, None, key=session_keys.SHARE_MAX_VIEWS, placeholder="any")
        pictures = st.checkbox("Show pictures of the example cases", key=session_keys.SHARE_PICTURES)
        checked = st.checkbox(
            "I checked the pictures for burned-in names",
            key=session_keys.SHARE_PICTURES_CHECKED,
            disabled=not pictures,
            help="Names or dates drawn into the image itself are not removed. Look at the cases first.",
        )
        if pictures and not checked:
            st.caption(
                "Tick the second box too, after looking at the example cases; without pictures it is not needed."
            )
        st.button(
            "Make the link", type="primary", icon=":material/add_link:", key=session_keys.SHARE_CREATE,
            disabled=pictures and not checked, on_click=make,
        )  # fmt: skip


def name(analysis: s.Analysis) -> str:
    """`PI-RADS · anatomy-120 · gland · 24 Nov 2026, 09:15`."""
    task = labels.task(cohorts.protocol(analysis.cohort_id), analysis.task)
    return f"{task} · {analysis.cohort_name} · {analysis.roi} · {numbers.day(analysis.created_at)}"


def make() -> None:
    """Creates the link from the form."""
    chosen = st.session_state
    pictures = bool(chosen[session_keys.SHARE_PICTURES] and chosen[session_keys.SHARE_PICTURES_CHECKED])
    passphrase = chosen[session_keys.SHARE_PASSPHRASE]
    if 0 < len(passphrase) < SHORTEST:
        chosen[session_keys.SHARES_REFUSAL] = f"The passphrase is too short; take {SHORTEST} characters or more."
        return
    wish = s.ShareCreate(
        analysis_id=chosen[session_keys.SHARE_ANALYSIS],
        label=chosen[session_keys.SHARE_LABEL].strip(),
        days=chosen[session_keys.SHARE_DAYS],
        with_pictures=pictures,
        passphrase=passphrase or None,
        max_views=chosen[session_keys.SHARE_MAX_VIEWS],
    )
    try:
        chosen[session_keys.SHARE_CREATED] = connection.client().share(wish)
    except ApiError as error:
        chosen[session_keys.SHARES_REFUSAL] = error.problem.detail


def listing(shares: list[s.Share]) -> None:
    """Every link with its state."""
    st.subheader("Links", anchor=False)
    if not shares:
        st.markdown("No link has been made yet.")
    for share in shares:
        with st.container(border=True, key=f"share-{share.id}"):
            text, action = st.columns([5, 1], vertical_alignment="center")
            icon, word = STATES[share.state]
            text.markdown(
                f"{icon} {word} · **{escape_markdown(share.label or 'no label')}** · "
                f"{escape_markdown(share.analysis_title)}"
            )
            text.caption(escape_markdown(story(share)))
            if share.state == "active":
                action.button("Revoke", key=f"revoke-{share.id}", on_click=confirm_next, args=(share.id,))
    wanted = st.session_state.pop(session_keys.SHARE_TO_REVOKE, None)
    doomed = next((share for share in shares if share.id == wanted), None)
    if doomed is not None:
        confirm(doomed)


def story(share: s.Share) -> str:
    """Who made it and when, how often it was opened, when it ends or ended."""
    opened = f"opened {numbers.counted(share.opened, 'time')}" if share.opened else "never opened"
    if share.max_views is not None:
        opened = f"opened {numbers.count(share.opened)} of {numbers.counted(share.max_views, 'time')}"
    guard = "; asks for a passphrase" if share.has_passphrase else ""
    last = f", last {numbers.day(share.last_opened_at)}" if share.last_opened_at else ""
    end = f"works until {numbers.day(share.expires_at)}"
    if share.revoked_at is not None:
        end = f"revoked {numbers.day(share.revoked_at)}"
    elif share.state == "expired" and share.max_views is not None and share.opened >= share.max_views:
        end = "used up"
    elif share.state == "expired":
        end = f"expired {numbers.day(share.expires_at)}"
    return f"Made by {share.created_by}, {numbers.day(share.created_at)}; {opened}{last}{guard}; {end}."


def confirm_next(share_id: str) -> None:
    """Asks before revoking."""
    st.session_state[session_keys.SHARE_TO_REVOKE] = share_id


@st.dialog("Revoke this link?")
def confirm(share: s.Share) -> None:
    """Dialog that asks before a link is revoked."""
    st.markdown(
        f"The link **{escape_markdown(share.label or share.analysis_title)}** stops working at once, "
        "also for people who have it open. This cannot be undone; you can make a new link."
    )
    with st.container(horizontal=True):
        done = st.button(
            "Revoke", type="primary", key=session_keys.SHARE_REVOKE_CONFIRM, on_click=revoke, args=(share.id,)
        )
        kept = st.button("Keep it", key=session_keys.SHARE_REVOKE_CANCEL)
    if done or kept:
        st.rerun()


def revoke(share_id: str) -> None:
    """Revokes a link."""
    made: s.ShareCreated | None = st.session_state.get(session_keys.SHARE_CREATED)
    if made is not None and made.id == share_id:
        del st.session_state[session_keys.SHARE_CREATED]
    try:
        connection.client().revoke(share_id)
    except ApiError as error:
        st.session_state[session_keys.SHARES_REFUSAL] = error.problem.detail


page()
