"""What a browser gets that has signed in: the cookie of its session, and one by which its user's passwords know it."""

import hmac
import secrets

from fastapi import Request, Response

from backend.access.signed_urls import Signer
from backend.settings import Settings
from shared.cookies import BROWSER_COOKIE, BROWSER_LIFETIME, SESSION_COOKIE

ENTRANCES = "/api/v1/session"
"""The only addresses that the second cookie goes to."""


def let_in(request: Request, response: Response, name: str, token: str) -> None:
    """Sets the cookies of a browser in which the user `name` has just signed in with this session token."""
    settings: Settings = request.app.state.settings
    signer: Signer = request.app.state.signer
    _set(response, settings, SESSION_COOKIE, token, settings.session_hours * 3600, "/")
    known = known_browser(request, name)
    if known is None:
        known = secrets.token_hex(8)
    mark = f"{known}.{signer.token('browser', name, known)}"
    _set(response, settings, BROWSER_COOKIE, mark, int(BROWSER_LIFETIME.total_seconds()), ENTRANCES)


def known_browser(request: Request, name: str) -> str | None:
    """The id of a browser in which the user `name` has signed in before; None for any other."""
    signer: Signer = request.app.state.signer
    known, _, mark = request.cookies.get(BROWSER_COOKIE, "").partition(".")
    if not known.isascii() or not mark.isascii():
        return None
    return known if hmac.compare_digest(mark, signer.token("browser", name, known)) else None


def _set(response: Response, settings: Settings, name: str, value: str, seconds: int, path: str) -> None:
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="strict", secure=settings.cookie_secure, path=path
    )
