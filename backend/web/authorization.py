"""Authorization: every route names one policy; an app with a route that names none does not start.

| policy | who |
|---|---|
| PUBLIC | anybody |
| LINK | a browser that opened a share link; its cookie opens no route of another policy |
| METRICS | whoever holds the token of `/metrics`, which opens nothing else |
| SIGNED | whoever holds an address that this server signed for one case, for half an hour at most |
| VIEWER | every signed-in user: reads what is of their projects |
| RESEARCHER | researchers and owners of a project, and admins: write, in projects where they are that |
| ADMIN | admins: projects and members, users, the audit log |

A token has a scope beside its user's role, and may do what both allow; with the scope `read` it changes nothing at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.params import Depends as DependsMarker
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy.orm import Session

from backend.access import tokens
from backend.access.projects import effective_role, visible_to
from backend.access.scopes import ROLE_RANK, capped, scope_of
from backend.errors import Forbidden, NotSignedIn
from backend.models import Token
from backend.storage.database import Database
from backend.web.project_access import LOCAL_SIGN_IN, Asker, remember_asker
from backend.web.proxy_user import refuse_other_person
from backend.web.token_uses import TokenUses
from shared.cookies import SESSION_COOKIE
from shared.schemas import Me, Role, Scope

SAFE_METHODS = ("GET", "HEAD")
BACKGROUND_HEADER = "x-radiomiclens-background"
"""Sent with what a page asks by itself while nobody touches it; that keeps no session alive."""
LOCAL_ADMIN = Me(name="local", role="admin")


def credential(request: Request) -> tuple[str, tuple[tokens.TokenKind, ...]] | None:
    """The bearer token or session cookie of a request, with the kinds of token that may come that way; None without."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip(), ("api", "session")
    cookie = request.cookies.get(SESSION_COOKIE)
    return None if not cookie else (cookie, ("session",))


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who is asking, and the id of the token that says so; what is handed out on its strength ends with it.

    The role of `user` is what this sign-in may do: its user's, or less where the scope of its token is narrower.
    """

    user: Me
    token_id: str
    scope: Scope = "admin"
    kind: tokens.TokenKind = "session"


def current_sign_in(request: Request) -> SignIn:
    """The sign-in of a request; raises `NotSignedIn` without a valid credential."""
    if not request.app.state.settings.auth:
        return SignIn(LOCAL_ADMIN, LOCAL_SIGN_IN)
    found = credential(request)
    if found is None:
        raise NotSignedIn(tokens.SIGN_IN_FIRST)
    database: Database = request.app.state.database
    with database.read() as session:
        token = tokens.valid_token(session, *found)
        refuse_other_person(session, request.scope, token.user_id)
        roles = visible_to(session, token.user.name).values()
    return _signed_in(request, token, effective_role(token.user.role, roles))


def _signed_in(request: Request, token: Token, role: Role) -> SignIn:
    """The sign-in of a token, which is in use by this.

    A session that came as a bearer is the dashboard's own read, which it also makes when nobody is there.
    """
    is_session = token.kind == "session"
    own_read = is_session and "authorization" in request.headers
    if not own_read and BACKGROUND_HEADER not in request.headers:
        uses: TokenUses = request.app.state.token_uses
        uses.note(token.id)
    scope = scope_of(token.scope)
    user = Me(name=token.user.name, role=capped(role, scope))
    return SignIn(user, token.id, scope, "session" if is_session else "api")


CurrentSignIn = Annotated[SignIn, Depends(current_sign_in)]


def current_user(sign_in: CurrentSignIn) -> Me:
    """Who is asking."""
    return sign_in.user


def check_by_hand(sign_in: SignIn) -> None:
    """Raises `Forbidden` for an API token: a leaked one must not make accounts, tokens or links that outlive it."""
    if sign_in.kind == "api":
        raise Forbidden("An API token changes no account, gives no role and invites nobody; sign in with a browser.")


def check_sign_in(request: Request, session: Session, token_id: str) -> None:
    """Raises `NotSignedIn` where the sign-in that something was handed out for has ended since."""
    auth = request.app.state.settings.auth
    if auth or token_id != LOCAL_SIGN_IN:
        tokens.check_live(session, token_id)


CurrentUser = Annotated[Me, Depends(current_user)]


@dataclass(frozen=True, slots=True)
class MinimumRole:
    """Policy: users of `role` and above; raises `Forbidden` for others."""

    role: Role

    def __call__(self, request: Request, sign_in: CurrentSignIn) -> None:
        user = sign_in.user
        if sign_in.scope == "read" and request.method not in SAFE_METHODS:
            raise Forbidden("This token may read alone; make one with the scope `write` on the page Account.")
        if ROLE_RANK[user.role] < ROLE_RANK[self.role]:
            raise Forbidden(f"Your role is {user.role}; this needs {self.role}. Ask an administrator of this server.")
        remember_asker(request, Asker(user.name, sign_in.token_id, self.role))


@dataclass(frozen=True, slots=True)
class NoSignIn:
    """Policy without a user: `public` for anybody; else the route itself checks a cookie, a signature or a token."""

    name: str

    def __call__(self) -> None:
        return None


PUBLIC = Depends(NoSignIn("public"))
LINK = Depends(NoSignIn("link"))
SIGNED = Depends(NoSignIn("signed"))
METRICS = Depends(NoSignIn("metrics"))
VIEWER = Depends(MinimumRole("viewer"))
RESEARCHER = Depends(MinimumRole("researcher"))
ADMIN = Depends(MinimumRole("admin"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the authorization matrix."""

    method: str
    path: str
    policy: str


def authorization_matrix(app: FastAPI) -> list[Rule]:
    """The authorization matrix, read from the route table; raises LookupError at a route without exactly one policy."""
    return list(_rules(app))


def _rules(app: FastAPI) -> Iterator[Rule]:
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            raise LookupError(f"{route.path} is no API route and so has no policy")
        policies = [
            _name(d) for d in route.original_route.dependencies if isinstance(d.dependency, MinimumRole | NoSignIn)
        ]
        if len(policies) != 1:
            raise LookupError(f"{route.path} names {len(policies)} policies instead of one")
        for method in sorted(route.methods or ()):
            yield Rule(method, str(route.path), policies[0])


def _name(marker: DependsMarker) -> str:
    policy = marker.dependency
    assert isinstance(policy, MinimumRole | NoSignIn)
    return policy.role if isinstance(policy, MinimumRole) else policy.name
