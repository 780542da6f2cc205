"""Projects and their members: one's own, and for the admins of the server all of them, without what they hold."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend import models
from backend.access import projects
from backend.errors import Forbidden, NotFound
from backend.web.authorization import ADMIN, VIEWER, CurrentSignIn, CurrentUser, SignIn
from backend.web.dependencies import ReadSessionDep, WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.project_access import projects_of
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["projects"], route_class=SettledRoute)
UserName = Annotated[str, Path(max_length=80, description="Name of a user.")]


def own_projects(sign_in: CurrentSignIn) -> Listing[s.Project]:
    """One's projects by name; for an admin every project that has not ended."""

    def found(session: Session) -> list[s.Project]:
        roles = projects_of(session, sign_in.user.name, sign_in.token_id)
        row = models.Project
        shown = select(row).where(row.ended_at.is_(None)).order_by(row.name)
        if sign_in.user.role != "admin":
            shown = shown.where(row.id.in_(list(roles)))
        return _schemas(session, session.scalars(shown).all(), roles)

    return Listing.computed(found)


def project_members(session: ReadSessionDep, project_id: str, sign_in: CurrentSignIn) -> Listing[s.ProjectMember]:
    """The members of a project by name."""
    known = _seen(session, project_id, sign_in)
    return Listing.computed(lambda session: [_member(row) for row in projects.members(session, known)])


add_list(router, "/projects", s.Project, own_projects, VIEWER)
add_list(router, "/projects/{project_id}/members", s.ProjectMember, project_members, VIEWER)


@router.post("/projects", dependencies=[ADMIN], status_code=201)
def add_project(body: s.ProjectCreate, session: WriteSessionDep, sign_in: CurrentSignIn) -> s.Project:
    """Adds a project without members, or opens one of that name again that had ended."""
    row = projects.add(session, body.name, sign_in.user.name)
    return _schemas(session, [row], projects_of(session, sign_in.user.name, sign_in.token_id))[0]


@router.delete("/projects/{project_id}", dependencies=[ADMIN], status_code=204)
def end_project(project_id: str, session: WriteSessionDep, user: CurrentUser) -> None:
    """Ends a project: nobody sees it any more, and its links open nothing. What it holds stays on the server."""
    projects.end(session, project_id, user.name)


@router.put("/projects/{project_id}/members/{name}", dependencies=[VIEWER])
def set_member(
    project_id: str, name: UserName, body: s.ProjectMemberChange, session: WriteSessionDep, sign_in: CurrentSignIn
) -> s.ProjectMember:
    """Makes a user a member, or gives a member another role: for owners of the project and admins of the server."""
    _require_owner(session, project_id, sign_in)
    return _member(projects.set_member(session, project_id, name, body.role, sign_in.user.name))


@router.delete("/projects/{project_id}/members/{name}", dependencies=[VIEWER], status_code=204)
def end_member(project_id: str, name: UserName, session: WriteSessionDep, sign_in: CurrentSignIn) -> None:
    """Ends a membership at once, open pages and streams with it: for owners of the project and admins of the server."""
    _require_owner(session, project_id, sign_in)
    projects.end_member(session, project_id, name, sign_in.user.name)


def _seen(session: Session, project_id: str, sign_in: SignIn) -> str:
    """The id of a project that one is a member of, or any as an admin; raises NotFound."""
    known = projects.get(session, project_id).id
    if sign_in.user.role != "admin" and known not in projects_of(session, sign_in.user.name, sign_in.token_id):
        raise NotFound(projects.NO_PROJECT)
    return known


def _require_owner(session: Session, project_id: str, sign_in: SignIn) -> None:
    known = _seen(session, project_id, sign_in)
    owner = projects_of(session, sign_in.user.name, sign_in.token_id).get(known) == "owner"
    if sign_in.user.role != "admin" and not (owner and sign_in.scope == "admin"):
        raise Forbidden(
            "Only owners of a project say who is a member of it, signed in or by a token that may do all. Ask one "
            "of them."
        )


def _schemas(session: Session, rows: Sequence[models.Project], roles: dict[str, s.ProjectRole]) -> list[s.Project]:
    member = models.Member
    counts = dict(session.execute(select(member.project_id, func.count()).group_by(member.project_id)).all())
    return [
        s.Project(
            id=row.id,
            name=row.name,
            role=roles.get(row.id),
            n_members=counts.get(row.id, 0),
            created_at=row.created_at,
        )
        for row in rows
    ]


def _member(row: models.Member) -> s.ProjectMember:
    return s.ProjectMember.model_validate({"name": row.user.name, "role": row.role, "since": row.created_at})
