"""What a share link opens: one frozen page and its pictures, read from a connection that cannot write."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.responses import HTMLResponse

from backend.access import audit, share_links
from backend.access.tokens import hash_token
from backend.errors import Damaged, NotFound
from backend.storage.database import Database
from backend.web.authorization import LINK, PUBLIC
from backend.web.clinician_page import Pictures, Sent, page_response, trouble_response
from backend.web.dependencies import (
    CallerAddress,
    FailureLimiterDep,
    NotedViewsDep,
    OpeningLimiterDep,
    RefusedAttemptsDep,
    SettingsDep,
)
from backend.web.once_in import OnceIn
from backend.web.project_access import LinksDatabaseDep
from shared import schemas as s
from shared.cookies import SHARE_COOKIE, SHARE_LIFETIME, share_cookie

router = APIRouter(tags=["shared"])
PICTURES = "/api/v1/shared/pictures"
LinkId = Annotated[str | None, Query(max_length=64, description="One of several links open in this browser.")]


def _cookie(request: Request, link: LinkId = None) -> str | None:
    """The cookie of the link that the address names, else of the one opened last."""
    return request.cookies.get(share_cookie(link) if link else SHARE_COOKIE)


LinkCookie = Annotated[str | None, Depends(_cookie)]


class PngResponse(Response):
    """A picture."""

    media_type = "image/png"


@router.post("/shares/open", dependencies=[PUBLIC], status_code=204)
def open_share(
    body: s.ShareOpen,
    response: Response,
    database: LinksDatabaseDep,
    settings: SettingsDep,
    failure_limiter: FailureLimiterDep,
    opening_limiter: OpeningLimiterDep,
    refused: RefusedAttemptsDep,
    address: CallerAddress,
) -> None:
    """Swaps a link's token for a cookie that opens its snapshot and nothing else."""
    noted = refused.noted(database, "share.refused", address)
    with noted, database.write() as session, failure_limiter.attempt(body.token, address):
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
def shared_view(database: LinksDatabaseDep, noted: NotedViewsDep, cookie: LinkCookie) -> s.SharedView:
    """The frozen snapshot that this browser's link opens; the audit log has one line for a browser and an hour."""
    with database.read() as session:
        share = share_links.opened_share(session, cookie)
        view = share_links.view_of(share)
    _note_view(database, noted, share.id, hash_token(cookie or ""))
    return view


@router.get("/shared/page", dependencies=[LINK], response_class=HTMLResponse)
def shared_page(
    database: LinksDatabaseDep, noted: NotedViewsDep, cookie: LinkCookie, link: LinkId = None
) -> HTMLResponse:
    """The same as a page, which the site serves at `/shared`; whatever is wrong with a link is one calm sentence."""
    try:
        view = shared_view(database, noted, cookie)
    except NotFound:
        return trouble_response(404, NOTHING_OPEN, OPEN_IT_AGAIN)
    except Damaged as error:
        return trouble_response(500, "This result cannot be shown", str(error))
    assert view.sent_at is not None
    assert view.until is not None
    query = f"?link={link}" if link else ""
    return page_response(view, Sent(view.sent_at, view.until), Pictures(PICTURES, query))


NOTHING_OPEN = "No result is open here"
OPEN_IT_AGAIN = (
    "Open the whole link that you were sent; it ends with a long code behind a #. After twelve hours it must be opened "
    "again. If it then opens nothing, it expired or was withdrawn: ask the person who sent it."
)


@router.get("/shared/pictures/{name}", dependencies=[LINK], response_class=PngResponse)
def shared_picture(
    name: Annotated[str, Path(max_length=64)], database: LinksDatabaseDep, cookie: LinkCookie
) -> PngResponse:
    """A picture of the snapshot."""
    with database.read() as session:
        return picture_response(name, share_links.picture_of(session, share_links.opened_share(session, cookie), name))


def picture_response(name: str, picture: bytes) -> PngResponse:
    """A stored picture with its own media type."""
    return PngResponse(picture, media_type="image/webp" if name.endswith(".webp") else "image/png")


def _note_view(database: Database, noted: OnceIn, share_id: str, browser: str) -> None:
    if not noted.passes(browser):
        return
    try:
        with database.write() as session:
            audit.record(session, "link", "share.view", share_id)
    except BaseException:
        noted.forget(browser)  # nothing was written, and this view is not shown
        raise
