"""The page Audit, for administrators: who did what and when, and whether the log is as it was written."""

from datetime import UTC, date, datetime, time
from functools import partial

import pandas as pd
import streamlit as st

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.state import session_keys
from frontend.text import audit_words, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import ApiError

ROWS = 100


def page() -> None:
    """Draws the page."""
    st.title("Audit")
    me = answer_or_stop(connection.client().me)
    if me.role != "admin":
        st.markdown("Administrators of this server read its audit log here; ask one of them.")
        return
    st.markdown(
        "Every sign-in, also a refused one, every change, use of a link, and file taken away. Each row holds the hash "
        "of the row before, so that a change of the log is seen."
    )
    listing()
    verification()


def listing() -> None:
    """The filters and the rows, the newest first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "About", list(audit_words.KINDS), format_func=audit_words.KINDS.__getitem__, key=session_keys.AUDIT_KIND
        )
        actor = st.text_input("By", key=session_keys.AUDIT_ACTOR, placeholder="everybody").strip()
        since: date | None = st.date_input("Since", value=None, key=session_keys.AUDIT_SINCE)
    asked: dict[str, str] = {"action": kind} if kind else {}
    asked |= {"actor": actor} if actor else {}
    moment = None if since is None else datetime.combine(since, time(), UTC)
    at = st.session_state.setdefault(session_keys.AUDIT_PAGE, [])
    if st.session_state.get(session_keys.AUDIT_ASKED) != (asked, moment):
        at.clear()
        st.session_state[session_keys.AUDIT_ASKED] = (asked, moment)
    cursor = at[-1] if at else None
    read = partial(connection.client().audit, since=moment, limit=ROWS, cursor=cursor)
    found = answer_or_stop(read, action=kind or None, actor=actor or None)
    notices.unreadable(("row", Listed(found.items, found.unreadable)))
    table(found.items)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{numbers.count(found.total)} rows, times in UTC")
        st.button("Newer", key=session_keys.AUDIT_NEWER, disabled=not at, on_click=_back, args=(at,))
        st.button(
            "Older",
            key=session_keys.AUDIT_OLDER,
            disabled=found.next_cursor is None,
            on_click=at.append,
            args=(found.next_cursor,),
        )
        times = {} if moment is None else {"since": moment.isoformat()}
        st.download_button(
            "All as CSV",
            partial(connection.client().csv, "/audit", **asked, **times),
            file_name="audit.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _back(at: list[str]) -> None:
    at.pop()


def table(rows: list[s.AuditEntry]) -> None:
    """The rows; texts of others stand there as text."""
    if not rows:
        st.markdown("No row is about that.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "No.": [row.id for row in rows],
                "When": [f"{row.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for row in rows],
                "Who": [row.actor for row in rows],
                "What": [row.action for row in rows],
                "About": [row.target for row in rows],
                "Details": [audit_words.details(row) for row in rows],
            }
        ),
        hide_index=True,
        height=min(38 + 35 * len(rows), 480),
        column_config={"Details": st.column_config.TextColumn(width="large")},
    )


def verification() -> None:
    """Reads the chain when asked to, and shows the anchor to keep."""
    st.subheader("Is it as it was written?")
    st.markdown(
        "Whoever can write to the database could write the whole log anew. An anchor that is kept elsewhere shows "
        "that: note it from time to time, and give an older one here."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kept = st.text_input("An anchor kept elsewhere", key=session_keys.AUDIT_ANCHOR, placeholder="1234:9f2c…")
        kept = kept.strip()
        wanted = st.button("Verify", key=session_keys.AUDIT_VERIFY, type="primary")
    if not wanted:
        return
    try:
        found = connection.client().audit_check([kept] if kept else [])
    except ApiError as error:
        st.error(escape_markdown(error.problem.detail), icon=":material/error:")
        return
    for sentence in found.problems:
        st.error(escape_markdown(sentence), icon=":material/error:")
    if not found.problems:
        st.success(f"{numbers.count(found.rows)} rows follow from one another.", icon=":material/check_circle:")
        st.markdown("The anchor of today:")
        st.code(found.anchor, language=None, wrap_lines=True)


page()
