"""The page Projects: which projects one is a member of, who else is, and for those who may, changes of that."""

import streamlit as st

from frontend.account import project_members
from frontend.api import connection, projects
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.state import session_keys
from frontend.text.escape import escape_markdown


def page() -> None:
    """Draws the page."""
    st.title("Projects")
    me = answer_or_stop(connection.client().me)
    st.markdown(
        "A project holds cohorts and all that was made of them. Its members see these, and nobody else does. An "
        "administrator says who is a member, and sees what a project holds only as its member."
    )
    if refusal := st.session_state.pop(session_keys.PROJECTS_REFUSAL, None):
        st.error(escape_markdown(refusal), icon=":material/error:")
    admin = me.role == "admin"
    if admin:
        project_members.new_project()
    found = projects.listed()
    notices.unreadable(("project", found))
    for one in found:
        project_members.project(one, manage=admin or one.role == "owner", admin=admin)
    if not found:
        st.markdown("You are a member of no project yet; ask the owner of one, or an administrator.")


page()
