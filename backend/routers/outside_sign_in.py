"""Signing in with an institution (OpenID Connect) or through a proxy that has signed people in already."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from backend.access import identities, sessions
from backend.access.identities import Person
from backend.access.sessions import SessionLimits
from backend.errors import NotFound, NotSignedIn, Refusal
from backend.models import User
from backend.settings import Settings
from backend.storage.database import Database
from backend.web import oidc_flow
from backend.web.authorization import PUBLIC
from backend.web.browser_words import browser_words
from backend.web.dependencies import (
    CallerAddress,
    DatabaseDep,
    FailureLimiterDep,
    OidcProviderDep,
    RefusedAttemptsDep,
    SettingsDep,
    SignerDep,
)
from backend.web.entering import let_in
from backend.web.entrance_trouble import entrance_trouble
from backend.web.oidc_provider import NOT_PROVED, OidcProvider
from backend.web.proxy_user import proxy_user
from shared import schemas as s
from shared.cookies import SESSION_COOKIE

router = APIRouter(tags=["session"])
ENTERED = "/login/done"
NOT_OFFERED = "This server offers no sign-in by an institution; its administrator can set RADIOMICLENS_OIDC_ISSUER."
DENIED = "Your institution did not sign you in; start again, or ask an administrator."
NO_PROXY = "No trusted proxy has signed you in; come through its address, or use another way to sign in."
Word = Annotated[str, Query(max_length=4000)]


@router.get("/session/oidc", dependencies=[PUBLIC], response_class=RedirectResponse, status_code=302)
def begin_at_institution(provider: OidcProviderDep, signer: SignerDep, settings: SettingsDep) -> Response:
    """Sends a browser to the institution's sign-in page (code flow with PKCE)."""
    answer: Response = RedirectResponse("/", 302)
    try:
        address = _offered(provider).address(oidc_flow.begin(answer, signer, settings))
    except Refusal as refusal:
        return entrance_trouble(refusal.status, refusal.sentence)
    answer.headers["Location"] = address
    return answer


@router.get("/session/oidc/callback", dependencies=[PUBLIC], response_class=RedirectResponse, status_code=303)
def come_back_from_institution(
    request: Request,
    provider: OidcProviderDep,
    database: DatabaseDep,
    signer: SignerDep,
    settings: SettingsDep,
    failure_limiter: FailureLimiterDep,
    refused: RefusedAttemptsDep,
    address: CallerAddress,
    state: Word = "",
    code: Word = "",
    error: Word = "",
    iss: Word = "",
) -> Response:
    """Where the institution sends a browser back to: the code is swapped and verified, and a session opened."""
    try:
        with refused.noted(database, "session.refused", address, "oidc"), failure_limiter.attempt(state, address):
            challenge = oidc_flow.resume(request, signer, state)
            if error or not code:
                raise NotSignedIn(DENIED)
            if iss and iss != settings.oidc_issuer:  # RFC 9207: an answer of another provider
                raise NotSignedIn(NOT_PROVED)
            person = _offered(provider).person(code, challenge)
            user, token = _entered(request, database, settings, person, "oidc")
    except Refusal as refusal:
        answer: Response = entrance_trouble(refusal.status, refusal.sentence)
    else:
        answer = RedirectResponse(ENTERED, 303)
        let_in(request, answer, user.name, token)
    oidc_flow.end(answer, state)
    return answer


@router.post("/session/proxy", dependencies=[PUBLIC])
def sign_in_through_proxy(
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    failure_limiter: FailureLimiterDep,
    refused: RefusedAttemptsDep,
    address: CallerAddress,
) -> s.Me:
    """Opens a session for whom a trusted proxy names with this request."""
    attempt = secrets.token_hex(8)
    with refused.noted(database, "session.refused", address, "proxy"), failure_limiter.attempt(attempt, address):
        found = proxy_user(request.scope)
        if found is None:
            raise NotSignedIn(NO_PROXY)
        person = Person(identities.PROXY, found.name, found.name, groups=found.groups)
        user, token = _entered(request, database, settings, person, "proxy")
    let_in(request, response, user.name, token)
    return s.Me.model_validate({"name": user.name, "role": user.role})


def _offered(provider: OidcProvider | None) -> OidcProvider:
    if provider is None:
        raise NotFound(NOT_OFFERED)
    return provider


def _entered(request: Request, database: Database, settings: Settings, person: Person, way: str) -> tuple[User, str]:
    """The user of a person and the token of a new session; a refusal is stored, too: it ends what the user had."""
    browser = browser_words(request.headers.get("user-agent", ""))
    with database.write() as session:
        decision = identities.admit(session, settings, person)
        user, token = decision.user, ""
        if user is not None:
            replaced = request.cookies.get(SESSION_COOKIE)
            token = sessions.open_session(session, user, SessionLimits.of(settings), browser, way, replaced)
    if user is None:
        raise NotSignedIn(decision.sentence)
    return user, token
