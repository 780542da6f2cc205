"""Projects and their members: who sees which project, and what one may do in it.

The server's admin makes and ends projects and says who is a member, without seeing what they hold: for that an admin is
a member like anybody. The default project holds what a server of one person has, and its owner is the server's.
"""

from collections.abc import Iterable, Sequence
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.access import audit
from backend.errors import BadSettings, Conflict, NotFound
from backend.models import DEFAULT_PROJECT, Job, Member, Project, User, now
from shared.schemas import ProjectRole, Role

ROLE_RANK: dict[ProjectRole, int] = {"viewer": 0, "researcher": 1, "owner": 2}
NO_PROJECT = "There is no such project; the Projects page lists them all."
LIVE = ("queued", "running", "cancelling")
MOST_OF_A_NAME = 80


def visible_to(session: Session, user: str) -> dict[str, ProjectRole]:
    """Id of every project that the user of that name is a member of -> role in it; ended ones left out."""
    statement = (
        select(Member.project_id, Member.role)
        .join(Project, Project.id == Member.project_id)
        .join(User, User.id == Member.user_id)
        .where(User.name == user, Project.ended_at.is_(None))
    )
    found = session.execute(statement.order_by(Member.project_id))
    return {project: cast(ProjectRole, role) for project, role in found}


def every_project(session: Session) -> dict[str, ProjectRole]:
    """Id of every project that has not ended, as their owner sees them: for a server without sign-in."""
    open_ones = select(Project.id).where(Project.ended_at.is_(None)).order_by(Project.id)
    return dict.fromkeys(session.scalars(open_ones), "owner")


def effective_role(server: str, roles: Iterable[ProjectRole]) -> Role:
    """What a user may do at most: an admin's role is the server's, that of others the best in any project."""
    if server == "admin":
        return "admin"
    best = max((ROLE_RANK[role] for role in roles), default=0)
    return "researcher" if best >= ROLE_RANK["researcher"] else "viewer"


def count_all(session: Session) -> int:
    """How many projects there are, ended ones too."""
    return session.scalar(select(func.count()).select_from(Project)) or 0


def role_in_default(role: Role) -> ProjectRole:
    """What a user of a server role is in the default project."""
    return "owner" if role == "admin" else role


def join_default(session: Session, user: User) -> None:
    """Makes a user a member of the default project, with the role that the server gave them."""
    _join(session, DEFAULT_PROJECT, user, role_in_default(user.role))  # type: ignore[arg-type] # a row holds a role


def add(session: Session, name: str, by: str) -> Project:
    """A new project without members, or one of that name that had ended, with its members. Raises a Refusal."""
    name = name.strip()
    if not name or len(name) > MOST_OF_A_NAME or not name.isprintable():
        raise BadSettings(f"A project's name is a line of 1 to {MOST_OF_A_NAME} characters.")
    row = session.scalar(select(Project).where(Project.name == name))
    if row is not None and row.ended_at is None:
        raise Conflict(f"There is a project {name!r} already; choose another name.")
    if row is None:
        row = Project(name=name)
        session.add(row)
    row.ended_at = None
    session.flush()
    audit.record(session, by, "project.add", row.id)
    return row


def end(session: Session, project_id: str, by: str) -> Project:
    """Ends a project: from this commit on nobody sees it. What it holds stays, and `add` opens it again."""
    row = get(session, project_id)
    if row.id == DEFAULT_PROJECT:
        raise Conflict("The default project stays, for every server has one; end its members instead.")
    if session.scalar(select(func.count()).select_from(Job).where(Job.project_id == row.id, Job.state.in_(LIVE))):
        raise Conflict(f"Jobs of the project {row.name!r} wait or run; cancel them, or wait for their end.")
    row.ended_at = now()
    audit.record(session, by, "project.end", row.id)
    return row


def get(session: Session, project_id: str) -> Project:
    """A project that has not ended, by its id; raises NotFound."""
    row = session.get(Project, project_id)
    if row is None or row.ended_at is not None:
        raise NotFound(NO_PROJECT)
    return row


def named(session: Session, name: str) -> Project:
    """A project that has not ended, by its name or id; raises NotFound."""
    found = session.scalars(
        select(Project).where((Project.name == name) | (Project.id == name), Project.ended_at.is_(None))
    ).all()
    best = next((row for row in found if row.name == name), None) or next(iter(found), None)
    if best is None:
        raise NotFound(f"There is no project {name[:40]!r}; `radiomiclens projects list` lists them all.")
    return best


def members(session: Session, project_id: str) -> Sequence[Member]:
    """The members of a project by name."""
    of_project = select(Member).join(User, User.id == Member.user_id).where(Member.project_id == project_id)
    return session.scalars(of_project.order_by(User.name)).all()


def set_member(session: Session, project_id: str, name: str, role: ProjectRole, by: str) -> Member:
    """Makes a user a member of a project, or gives a member another role. Raises NotFound for an unknown user."""
    row = _join(session, get(session, project_id).id, _user(session, name), role)
    audit.record(session, by, "project.member", project_id, user=row.user_id, role=role)
    return row


def end_member(session: Session, project_id: str, name: str, by: str) -> None:
    """Ends a membership: from this commit on the user sees nothing of the project. Raises NotFound."""
    user = _user(session, name)
    row = session.get(Member, (get(session, project_id).id, user.id))
    if row is None:
        raise NotFound(f"{name[:40]!r} is no member of this project; the Projects page lists its members.")
    session.delete(row)
    session.flush()
    audit.record(session, by, "project.member.end", project_id, user=user.id)


def _user(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise NotFound(f"There is no user {name[:40]!r}; an administrator of this server makes users.")
    return user


def _join(session: Session, project_id: str, user: User, role: ProjectRole) -> Member:
    row = session.get(Member, (project_id, user.id))
    if row is None:
        row = Member(project_id=project_id, user_id=user.id, role=role, user=user)
        session.add(row)
    row.role = role
    session.flush()
    return row
