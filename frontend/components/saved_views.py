"""Saved views in the bar of context: what a page shows, kept under a name, and the list of what was saved."""

import streamlit as st

from frontend.api import connection, notes
from frontend.components import notices
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError
from shared.schemas.saved_views import kept, too_long

LONGEST_NAME = 80
EMPTY = "No view is saved yet. A view keeps the page with its analysis, filters and selection, for everybody here."


def popover(page: str) -> None:
    """Saves the page as it is, and opens what was saved."""
    with st.popover(
        "Views", icon=":material/bookmarks:", type="tertiary", help="Save what this page shows, or open a saved view."
    ):
        refusal = st.session_state.pop(session_keys.VIEW_REFUSAL, None)
        if refusal:
            st.error(escape_markdown(refusal), icon=":material/error:")
        st.text_input(
            "Save this view as",
            key=session_keys.VIEW_NAME,
            max_chars=LONGEST_NAME,
            placeholder="ADC texture, stronger",
            autocomplete="off",
        )
        st.button(
            "Save this view", key=session_keys.VIEW_SAVE, icon=":material/bookmark_add:", on_click=_save, args=(page,)
        )
        found = notes.saved_views()
        notices.unreadable(("saved view", found))
        if not found:
            st.caption(EMPTY)
            return
        me = connection.signed_in()
        for view in found:
            _line(view, me)


def _line(view: s.SavedView, me: s.Me | None) -> None:
    """The link that opens a view, and who saved it."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    with row.container(gap=None, width="content"):
        st.page_link(
            f"pages/{view.page}.py",
            label=escape_markdown(view.name),
            icon=":material/bookmark:",
            query_params=view.query,
        )
        st.caption(f"{view.page.capitalize()}, saved by {escape_markdown(view.by)}, {numbers.day(view.at)}")
    if me is not None and (view.by == me.name or me.role == "admin"):
        row.button(
            "Delete",
            key=f"delete-view-{view.id}",
            type="tertiary",
            on_click=_delete,
            args=(view.id,),
            help=f"Delete the view {escape_markdown(view.name)} for everybody.",
        )


def _save(page: str) -> None:
    name = st.session_state[session_keys.VIEW_NAME].strip()
    query = kept(page, st.query_params.to_dict())
    if not name or any(too_long(parameter, value) for parameter, value in query.items()):
        st.session_state[session_keys.VIEW_REFUSAL] = (
            "Give the view a name first." if not name else "This address is too long to be saved; shorten the search."
        )
        return
    try:
        connection.client().save_view(s.SavedViewCreate.model_validate({"name": name, "page": page, "query": query}))
        st.session_state[session_keys.VIEW_NAME] = ""
    except ApiError as error:
        st.session_state[session_keys.VIEW_REFUSAL] = error.problem.detail
    notes.saved_views.clear()


def _delete(view_id: str) -> None:
    try:
        connection.client().delete_view(view_id)
    except ApiError as error:
        st.session_state[session_keys.VIEW_REFUSAL] = error.problem.detail
    notes.saved_views.clear()
