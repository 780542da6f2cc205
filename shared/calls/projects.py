"""Calls for projects and their members."""

from urllib.parse import quote

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport


class ProjectCalls(Transport):
    """Calls for projects and their members."""

    def projects(self) -> Listed[s.Project]:
        """One's projects by name; for an administrator every one."""
        return self._all(s.Project, "/projects")

    def project_members(self, project_id: str) -> Listed[s.ProjectMember]:
        """The members of a project by name."""
        return self._all(s.ProjectMember, f"/projects/{project_id}/members")

    def add_project(self, name: str) -> s.Project:
        """Adds a project, or opens one of that name again that had ended."""
        return self._post(s.Project, "/projects", s.ProjectCreate(name=name))

    def end_project(self, project_id: str) -> None:
        """Ends a project; what it holds stays on the server."""
        self._send("DELETE", f"/projects/{project_id}")

    def set_project_member(self, project_id: str, name: str, role: s.ProjectRole) -> None:
        """Makes a user a member, or gives a member another role."""
        path = f"/projects/{project_id}/members/{quote(name, safe='')}"
        self._send("PUT", path, json=s.ProjectMemberChange(role=role).model_dump())

    def end_project_member(self, project_id: str, name: str) -> None:
        """Ends a membership at once."""
        self._send("DELETE", f"/projects/{project_id}/members/{quote(name, safe='')}")
