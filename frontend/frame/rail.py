"""The slim rail at the left: mark, pages, words and the way out; on a phone a bar at the bottom."""

import streamlit as st

from frontend.api import connection, projects
from frontend.api.refusals import answer_or_stop
from frontend.components.notifications import bell
from frontend.frame import keys, page_list
from frontend.frame.glossary_box import glossary_popover
from frontend.state import query_parameters, session_keys
from frontend.text.escape import escape_markdown
from shared import schemas as s


def rail(me: s.Me, here: str) -> None:
    """Draws the rail; the link of the page `here` stands out."""
    with st.container(key="rail", gap=None):
        remembered: dict[str, str] = st.session_state.get(session_keys.LAST_CONTEXT, {})
        if (chosen := keys.keys(remembered.get(query_parameters.ANALYSIS))) is not None:
            st.switch_page(page_list.FOLDER / f"{chosen.page}.py", query_params=chosen.query)
        with st.container(key="rail-pages", gap=None):
            for entry in page_list.ENTRIES:
                with st.container(key="rail-here" if entry.name == here else f"rail-{entry.name}", gap=None):
                    st.page_link(page_list.FOLDER / f"{entry.name}.py", label=entry.title, icon=entry.icon)
        with st.container(key="rail-foot", gap=None):  # popovers here look like the links
            bell()
            glossary_popover()
            _person(me)
            keys.tools()


def _person(me: s.Me) -> None:
    """Who is signed in, and the way out."""
    with st.popover("You", icon=":material/account_circle:", type="tertiary", key="rail-you"):
        st.markdown(f"Signed in as **{escape_markdown(me.name)}** ({me.role})")
        for entry in page_list.BEHIND_YOU:
            if me.role == "admin" or entry.name not in page_list.ADMIN_PAGES or _has_projects(entry.name):
                st.page_link(page_list.FOLDER / f"{entry.name}.py", label=entry.title, icon=entry.icon)
        if connection.has_session_cookie() and st.button("Sign out", icon=":material/logout:"):
            answer_or_stop(connection.client().sign_out)
            st.rerun()
        st.caption("Research use only. Not a medical device.")


def _has_projects(page: str) -> bool:
    """Whether the page Projects is of use to somebody who is no administrator."""
    own = projects.own() if page == "projects" else []
    return len(own) > 1 or any(one.role == "owner" for one in own)
