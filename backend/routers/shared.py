"""What a share link opens: one frozen snapshot and its pictures, read from a connection that cannot write."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Path, Response

from backend.access import audit, share_links
from backend.access.tokens import hash_token
from backend.storage.database import Database
from backend.web.authorization import LINK, PUBLIC
from backend.web.dependencies import (
    CallerAddress,
    DatabaseDep,
    FailureLimiterDep,
    NotedViewsDep,
    OpeningLimiterDep,
    SettingsDep,
)
from backend.web.once_in import OnceIn
from shared import schemas as s
from shared.cookies import SHARE_COOKIE, SHARE_LIFETIME, share_cookie

router = APIRouter(tags=["shared"])
LinkCookie = Annotated[str | None, Cookie(alias=SHARE_COOKIE, include_in_schema=False)]


class PngResponse(Response):
    """A picture."""

    media_type = "image/png"


@router.post("/shares/open", dependencies=[PUBLIC], status_code=204)
def open_share(
    body: s.ShareOpen,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    failure_limiter: FailureLimiterDep,
    opening_limiter: OpeningLimiterDep,
    address: CallerAddress,
) -> None:
    """Swaps a link's token for a cookie that opens its snapshot and nothing else."""
    with database.write() as session, failure_limiter.attempt(body.token, address):
        cookie, share_id = share_links.open_link(session, body.token, body.passphrase)
        opening_limiter.admit(body.token, address)
    for name in (SHARE_COOKIE, share_cookie(share_id)):
        response.set_cookie(
            name,
            cookie,
            max_age=int(SHARE_LIFETIME.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=settings.cookie_secure,
        )
    response.headers["Content-Location"] = f"/shared?link={share_id}"


@router.get("/shared", dependencies=[LINK])
def shared_view(database: DatabaseDep, noted: NotedViewsDep, cookie: LinkCookie = None) -> s.SharedView:
    """The frozen snapshot that this browser's link opens; the audit log has one line for a browser and an hour."""
    with database.read() as session:
        share = share_links.opened_share(session, cookie)
        view = share_links.view_of(share)
    _note_view(database, noted, share.id, hash_token(cookie or ""))
    return view


@router.get("/shared/pictures/{name}", dependencies=[LINK], response_class=PngResponse)
def shared_picture(
    name: Annotated[str, Path(max_length=64)], database: DatabaseDep, cookie: LinkCookie = None
) -> PngResponse:
    """A picture of the snapshot."""
    with database.read() as session:
        return PngResponse(share_links.picture_of(session, share_links.opened_share(session, cookie), name))


def _note_view(database: Database, noted: OnceIn, share_id: str, browser: str) -> None:
    if not noted.passes(browser):
        return
    try:
        with database.write() as session:
            audit.record(session, "link", "share.view", share_id)
    except BaseException:
        noted.forget(browser)  # nothing was written, and this view is not shown
        raise
