"""The page Shares: links that let somebody without an account see one frozen result."""

from urllib.parse import urlsplit

import streamlit as st

from frontend.api import analyses, connection
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.shares import form, listing
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s


def page() -> None:
    """Draws the page."""
    st.title("Shares")
    st.markdown(
        "A link opens one frozen page for whoever has it, without an account: a verdict in plain words, pseudonyms "
        "instead of names, nothing else of this system. You can take it back at any time."
    )
    if refusal := st.session_state.pop(session_keys.SHARES_REFUSAL, None):
        st.error(escape_markdown(refusal), icon=":material/error:")
    new_link()
    known, links = analyses.analyses(), answer_or_stop(connection.client().shares)
    notices.unreadable(("analysis", known), ("link", links))
    form.form(known, answer_or_stop(connection.client().me).name)
    listing.listing(links)


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


page()
