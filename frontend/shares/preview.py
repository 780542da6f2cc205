"""What the receiver of a link will see, frozen by the server before the link is made."""

from dataclasses import dataclass

import streamlit as st

from frontend.api import connection
from frontend.shares import frame
from frontend.state import session_keys
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

WIDTHS = {"Phone": 390, "Page": None}
HEIGHT = 760


@dataclass(frozen=True, slots=True)
class Wanted:
    """A result, and whether its page has pictures of patients."""

    analysis_id: str
    with_pictures: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A preview of this session, for what it was made, and with which words."""

    wanted: Wanted
    texts: s.ShareTexts
    draft: s.ShareDraft


def current(wanted: Wanted, texts: s.ShareTexts) -> s.ShareDraft | None:
    """The preview of these wishes, made or rewritten where they changed; None where the server refuses them."""
    kept: Kept | None = st.session_state.get(session_keys.SHARE_DRAFT)
    if kept is not None and (kept.wanted, kept.texts) == (wanted, texts):
        return kept.draft
    try:
        draft = _rewritten(kept, texts) if kept is not None and kept.wanted == wanted else _made(wanted, texts)
    except ApiError as error:
        st.error(escape_markdown(error.problem.detail), icon=":material/error:")
        return None
    st.session_state[session_keys.SHARE_DRAFT] = Kept(wanted, texts, draft)
    return draft


def show(draft: s.ShareDraft) -> None:
    """The page in a frame, as wide as on a phone or as there is room."""
    width = st.segmented_control(
        "Width of the preview",
        list(WIDTHS),
        default="Page",
        required=True,
        key=session_keys.SHARE_PREVIEW_WIDTH,
        label_visibility="collapsed",
    )
    frame.show(draft.page, width=WIDTHS[width], height=HEIGHT)
    size = f", {draft.picture_bytes / 1e6:.1f} MB of pictures" if draft.picture_bytes else ""
    st.caption(f"This is the page itself, with these very pseudonyms{size}. [Open it alone]({draft.page}).")


def _made(wanted: Wanted, texts: s.ShareTexts) -> s.ShareDraft:
    create = s.ShareDraftCreate(
        analysis_id=wanted.analysis_id, with_pictures=wanted.with_pictures, **texts.model_dump()
    )
    with st.spinner("Freezing the result and drawing its page …"):
        return connection.client().draft_share(create)


def _rewritten(kept: Kept, texts: s.ShareTexts) -> s.ShareDraft:
    """The same preview with other words; made again where the server no longer has it."""
    try:
        return connection.client().rewrite_draft(kept.draft.id, texts)
    except ApiError as error:
        if error.problem.status != 404:
            raise
    return _made(kept.wanted, texts)
