"""A project with its members: who is what, somebody added, another role, and the way out."""

from collections.abc import Callable

import streamlit as st

from frontend.account.credentials import tried
from frontend.api import connection, projects
from frontend.api.refusals import answer_or_stop
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

ROLES: tuple[s.ProjectRole, ...] = ("viewer", "researcher", "owner")


def new_project() -> None:
    """The form that adds a project."""
    with st.form("new-project-form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", max_chars=80, key=session_keys.PROJECT_NAME, placeholder="lung study", width=240)
        st.form_submit_button("Add project", type="primary", key=session_keys.PROJECT_ADD, on_click=_add)


def project(one: s.Project, *, manage: bool, admin: bool) -> None:
    """A project; what can be changed only for those who may."""
    with st.container(border=True, key=f"project-{one.id}"):
        role = "" if one.role is None else f" · you are {one.role}"
        st.markdown(f":material/folder_shared: **{escape_markdown(one.name)}**{role}")
        st.caption(f"{numbers.counted(one.n_members, 'member')}; since {numbers.day(one.created_at)}")
        if not st.toggle("Show members", key=f"members-of-{one.id}"):
            return
        for member in answer_or_stop(connection.client().project_members, one.id):
            _member(one, member, manage=manage)
        if manage:
            _form(one)
        if admin and one.id != "default":
            st.button("End project", key=f"end-project-{one.id}", on_click=_end, args=(one.id,))
            st.caption("Nobody sees it any more, and its links open nothing. What it holds stays on the server.")


def _member(one: s.Project, member: s.ProjectMember, *, manage: bool) -> None:
    text, actions = st.columns([3, 2], vertical_alignment="center")
    text.markdown(f":material/person: {escape_markdown(member.name)} · {member.role}")
    if manage:
        with actions.container(horizontal=True, horizontal_alignment="right"):
            key = f"leave-{one.id}-{member.name}"
            st.button("End membership", key=key, on_click=_leave, args=(one.id, member.name))


def _form(one: s.Project) -> None:
    name, role = f"member-name-{one.id}", f"member-role-{one.id}"
    with (
        st.form(f"member-form-{one.id}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("User", max_chars=80, key=name, placeholder="ann", width=240)
        st.selectbox(
            "Role", ROLES, key=role, width=180,
            help="A viewer reads, a researcher also works, an owner also says who is a member.",
        )  # fmt: skip
        st.form_submit_button("Add or change", key=f"member-add-{one.id}", on_click=_set, args=(one.id, name, role))


def _add() -> None:
    name = st.session_state[session_keys.PROJECT_NAME].strip()
    if not name:
        st.session_state[session_keys.PROJECTS_REFUSAL] = "Say what the project is called."
    elif _done(lambda: connection.client().add_project(name)):
        st.session_state[session_keys.PROJECT_NAME] = ""


def _set(project_id: str, name_key: str, role_key: str) -> None:
    name, role = st.session_state[name_key].strip(), st.session_state[role_key]
    if not name:
        st.session_state[session_keys.PROJECTS_REFUSAL] = "Say which user it is."
    elif _done(lambda: connection.client().set_project_member(project_id, name, role)):
        st.session_state[name_key] = ""


def _leave(project_id: str, name: str) -> None:
    _done(lambda: connection.client().end_project_member(project_id, name))


def _end(project_id: str) -> None:
    _done(lambda: connection.client().end_project(project_id))


def _done(change: Callable[[], object]) -> bool:
    done = tried(change, session_keys.PROJECTS_REFUSAL)
    projects.listed.clear()
    return done
