"""Signing in and out, and who one is."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import exists, select

from backend.access import audit, invitations, passwords, sessions, tokens, users
from backend.access.sessions import SessionLimits
from backend.access.view import view_key
from backend.errors import NotSignedIn
from backend.models import User
from backend.web.authorization import PUBLIC, VIEWER, CurrentSignIn, CurrentUser, credential
from backend.web.browser_words import browser_words
from backend.web.dependencies import (
    CallerAddress,
    DatabaseDep,
    FailureLimiterDep,
    PasswordDeskDep,
    ReadSessionDep,
    RefusedAttemptsDep,
    SettingsDep,
    WriteSessionDep,
)
from backend.web.entering import known_browser, let_in
from backend.web.project_access import LOCAL_SIGN_IN
from backend.web.proxy_user import proxy_user
from backend.web.settled_route import SettledRoute
from shared import schemas as s
from shared.cookies import SESSION_COOKIE

router = APIRouter(tags=["session"], route_class=SettledRoute)
WRONG = "The name or the password is wrong."
DISABLED = "This account is disabled; ask an administrator of this server."


@router.get("/me", dependencies=[VIEWER])
def me(sign_in: CurrentSignIn, session: ReadSessionDep) -> s.Caller:
    """Who is asking. `view` is the same for all to whom this server shows the same cohorts in the same roles."""
    user, local = sign_in.user, sign_in.token_id == LOCAL_SIGN_IN
    return s.Caller(name=user.name, role=user.role, view=view_key(session, user, local=local))


@router.get("/session/ways", dependencies=[PUBLIC])
def sign_in_ways(request: Request, session: ReadSessionDep, settings: SettingsDep) -> s.SignInWays:
    """How one can sign in here beside one-time links."""
    named = proxy_user(request.scope)
    return s.SignInWays(
        oidc=settings.oidc_name if settings.oidc_issuer else "",
        proxy="" if named is None else named.name,
        password=bool(session.scalar(select(exists().where(User.password_hash.is_not(None))))),
    )


@router.post("/session", dependencies=[PUBLIC])
def sign_in(
    body: s.SignIn,
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    failure_limiter: FailureLimiterDep,
    refused: RefusedAttemptsDep,
    address: CallerAddress,
) -> s.Me:
    """Swaps a one-time login token for a session cookie."""
    noted = refused.noted(database, "session.refused", address)
    with noted, database.write() as session, failure_limiter.attempt(body.token, address):
        user = sessions.user_of_link(session, body.token)
        token = sessions.open_session(session, user, SessionLimits.of(settings), *_browser(request, "link"))
    return _entered(request, response, user, token)


@router.post("/session/password", dependencies=[PUBLIC])
def sign_in_with_password(
    body: s.PasswordSignIn,
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    desk: PasswordDeskDep,
    refused: RefusedAttemptsDep,
    address: CallerAddress,
) -> s.Me:
    """Swaps a user's name and password for a session cookie.

    After ten failures of a name within a minute an address waits, but for browsers in which this user signed in before.
    """
    with database.read() as session:
        stored = session.execute(select(User.name, User.password_hash).where(User.name == body.name)).one_or_none()
    name, known_hash = stored or ("", None)  # not what was typed: it may be a password in the wrong field
    with refused.noted(database, "session.refused", address, name):
        with desk.attempt(body.name, address, known_browser(request, body.name)):
            if not passwords.verify(known_hash, body.password):
                raise NotSignedIn(WRONG)
        with database.write() as session:
            user = users.find(session, name)
            if known_hash is None or user.password_hash != known_hash:
                raise NotSignedIn(WRONG)  # it was changed while this was checked
            if user.disabled_at is not None:
                raise NotSignedIn(DISABLED)
            if passwords.is_outdated(known_hash):
                user.password_hash = passwords.hash_password(body.password)
            token = sessions.open_session(session, user, SessionLimits.of(settings), *_browser(request, "password"))
    return _entered(request, response, user, token)


@router.post("/session/invitation", dependencies=[PUBLIC])
def accept_invitation(
    body: s.InvitationUse,
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    failure_limiter: FailureLimiterDep,
    refused: RefusedAttemptsDep,
    address: CallerAddress,
) -> s.Me:
    """Sets the password of an invited user and signs in; the invitation is used up unless the password is refused."""
    noted = refused.noted(database, "invitation.refused", address)
    with noted, database.write() as session, failure_limiter.attempt(body.token, address):
        invitations.check(session, body.token, body.password)
    hashed = passwords.hash_password(body.password)  # takes its time: not under the write lock
    with database.write() as session:
        user = invitations.accept(session, body.token, hashed)
        token = sessions.open_session(session, user, SessionLimits.of(settings), *_browser(request, "invitation"))
    return _entered(request, response, user, token)


@router.delete("/session", dependencies=[VIEWER], status_code=204)
def sign_out(request: Request, response: Response, session: WriteSessionDep, user: CurrentUser) -> None:
    """Ends the session this request carries and clears its cookie."""
    found = credential(request)
    if found is not None:
        tokens.revoke(session, found[0])
        audit.record(session, user.name, "session.close")
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")


def _browser(request: Request, way: str) -> tuple[str, str, str | None]:
    """What `open_session` is told of the browser: its name, the way in, and the session it had before."""
    return browser_words(request.headers.get("user-agent", "")), way, request.cookies.get(SESSION_COOKIE)


def _entered(request: Request, response: Response, user: User, token: str) -> s.Me:
    let_in(request, response, user.name, token)
    return s.Me.model_validate({"name": user.name, "role": user.role})
