"""Signing in and out, and who one is."""

from fastapi import APIRouter, Request, Response

from backend.access import audit, tokens
from backend.web.authorization import PUBLIC, VIEWER, CurrentUser, credential
from backend.web.dependencies import (
    CallerAddress,
    DatabaseDep,
    FailureLimiterDep,
    RefusedAttemptsDep,
    SettingsDep,
    WriteSessionDep,
)
from shared import schemas as s
from shared.cookies import SESSION_COOKIE, SESSION_LIFETIME

router = APIRouter(tags=["session"])


@router.get("/me", dependencies=[VIEWER])
def me(user: CurrentUser) -> s.Me:
    """Who is asking."""
    return user


@router.post("/session", dependencies=[PUBLIC])
def sign_in(
    body: s.SignIn,
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
        user, token = tokens.exchange_login_token(session, body.token)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=settings.cookie_secure,
    )
    return s.Me.model_validate({"name": user.name, "role": user.role})


@router.delete("/session", dependencies=[VIEWER], status_code=204)
def sign_out(request: Request, response: Response, session: WriteSessionDep, user: CurrentUser) -> None:
    """Ends the session this request carries and clears its cookie."""
    found = credential(request)
    if found is not None:
        tokens.revoke(session, found[0])
        audit.record(session, user.name, "session.close")
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
