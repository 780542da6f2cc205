"""One sign-in at the institution on its way: a signed cookie of ten minutes binds it to the browser that began it."""

import hmac
import secrets

from fastapi import Request, Response
from itsdangerous import BadSignature

from backend.access.signed_urls import Signer
from backend.errors import NotSignedIn
from backend.settings import Settings
from backend.web.oidc_provider import Challenge

PATH = "/api/v1/session/oidc"
COOKIE = "radiomiclens_oidc"
PURPOSE = "sign-in at an institution"
SECONDS = 600
BEGIN_AGAIN = "This sign-in was not begun in this browser, or took longer than ten minutes; start again."


def begin(response: Response, signer: Signer, settings: Settings) -> Challenge:
    """A new sign-in, noted in a cookie of its own: several may be open in one browser."""
    challenge = Challenge(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
    value = signer.dated(PURPOSE).dumps([challenge.state, challenge.nonce, challenge.verifier])
    response.set_cookie(
        _name(challenge.state),
        str(value),
        max_age=SECONDS,
        httponly=True,
        samesite="lax",  # people come back from another site
        secure=settings.cookie_secure,
        path=PATH,
    )
    return challenge


def resume(request: Request, signer: Signer, state: str) -> Challenge:
    """The sign-in that this state names, if this browser began it; raises `NotSignedIn`."""
    try:
        found = signer.dated(PURPOSE).loads(request.cookies.get(_name(state), ""), max_age=SECONDS)
        challenge = Challenge(*found)
    except (BadSignature, TypeError, ValueError):
        raise NotSignedIn(BEGIN_AGAIN) from None
    if not hmac.compare_digest(challenge.state.encode(), state.encode()):
        raise NotSignedIn(BEGIN_AGAIN)
    return challenge


def end(response: Response, state: str) -> None:
    """Takes the cookie away: it is good for one way back."""
    response.delete_cookie(_name(state), path=PATH, httponly=True, samesite="lax")


def _name(state: str) -> str:
    kept = "".join(sign for sign in state[:8] if sign.isascii() and sign.isalnum())
    return f"{COOKIE}_{kept}"
