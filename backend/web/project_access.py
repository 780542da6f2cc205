"""The projects that a request may see: those its sender is a member of, with the role that its route needs.

Asked anew for each session of the database, so a membership that ended closes an open event stream as well. A request
whose policy has not named its sender sees no project at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from backend.access import projects
from backend.models import Token
from backend.storage.database import Database
from backend.storage.project_scope import NOTHING, Scope, ScopedDatabase, limit
from shared.schemas import ProjectRole, Role

LOCAL_SIGN_IN = "local"
"""Stands for a token on a server without sign-in, whose one visitor owns every project."""
NEEDED: dict[Role, ProjectRole] = {"viewer": "viewer", "researcher": "researcher", "admin": "viewer"}
"""Policy of a route -> least role in the projects it may touch."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who sent a request, by name (`token_id` is that of the sign-in), and the role that its route needs."""

    user: str
    token_id: str
    needs: Role


def remember_asker(request: Request, asker: Asker) -> None:
    """Names the sender of a request, as its policy found them."""
    request.state.asker = asker


def projects_of(session: Session, user: str, token_id: str) -> dict[str, ProjectRole]:
    """Every project that a sign-in may see, with the role in it."""
    return projects.every_project(session) if token_id == LOCAL_SIGN_IN else projects.visible_to(session, user)


def scope_among(session: Session, roles: dict[str, ProjectRole], needs: ProjectRole = "viewer") -> Scope:
    """The scope of the projects in which one has at least that role."""
    least = projects.ROLE_RANK[needs]
    found = frozenset(project for project, role in roles.items() if projects.ROLE_RANK[role] >= least)
    return Scope(found, everything=len(found) == projects.count_all(session))


def _scope_of(request: Request) -> Callable[[Session], Scope]:
    def scope(session: Session) -> Scope:
        asker: Asker | None = getattr(request.state, "asker", None)
        if asker is None:
            return NOTHING
        return scope_among(session, projects_of(session, asker.user, asker.token_id), NEEDED[asker.needs])

    return scope


def database_of(request: Request) -> Database:
    """The database as the sender of a request may see it."""
    return ScopedDatabase(request.app.state.database, _scope_of(request))


def limit_to_holder(session: Session, token_id: str) -> None:
    """Limits a session to what the user of a sign-in may see now: for addresses that were signed for it."""
    token = None if token_id == LOCAL_SIGN_IN else session.get(Token, token_id)
    limit(session, scope_among(session, projects_of(session, "" if token is None else token.user.name, token_id)))


def _links_database(request: Request) -> Database:
    def open_projects(session: Session) -> Scope:
        return scope_among(session, projects.every_project(session))

    return ScopedDatabase(request.app.state.database, open_projects)


def _whole_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


WholeDatabaseDep = Annotated[Database, Depends(_whole_database)]
"""For numbers about the whole server alone, which name nothing that a project holds."""
LinksDatabaseDep = Annotated[Database, Depends(_links_database)]
"""For share links alone, which are no user's: every project that has not ended."""
