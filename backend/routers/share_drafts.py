"""Previews of share links: what the receiver will see, for the sender before the link is made."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from backend.access.share_drafts import GONE, Draft, ShareDrafts
from backend.errors import NotFound
from backend.models import Analysis, now
from backend.queries.analysis_detail import get_analysis
from backend.queries.share_snapshot import freeze, rewritten
from backend.queries.shared_page.page import Texts, refuse_ids
from backend.routers.shared import PngResponse, picture_response
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.clinician_page import Pictures, Sent, page_response
from backend.web.dependencies import BlobStoreDep, DatabaseDep, ReadSessionDep, ShareDraftsDep
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["shares"], route_class=SettledRoute)
DRAFTS = "/api/v1/shares/drafts"
Revision = Annotated[int, Query(ge=0, description="Of which rewriting; the newest is shown whatever stands here.")]
DraftId = Annotated[str, Path(max_length=64)]


@router.post("/shares/drafts", dependencies=[RESEARCHER], status_code=201)
def create_draft(
    body: s.ShareDraftCreate, database: DatabaseDep, files: BlobStoreDep, drafts: ShareDraftsDep, user: CurrentUser
) -> s.ShareDraft:
    """Freezes an analysis as a link would, for its sender alone and for an hour."""
    texts = Texts(body.sender or user.name, body.title, body.message)
    with database.read() as session:
        analysis = get_analysis(session, body.analysis_id)
        view, pictures = freeze(session, files, analysis, body.days, texts, with_pictures=body.with_pictures)
    name = drafts.put(user.name, body.analysis_id, view, pictures)
    return _answer(name, drafts.get(user.name, name))


@router.put("/shares/drafts/{draft}", dependencies=[RESEARCHER])
def rewrite_draft(
    draft: DraftId, body: s.ShareTexts, session: ReadSessionDep, drafts: ShareDraftsDep, user: CurrentUser
) -> s.ShareDraft:
    """Other words of the sender in a preview; its pictures and pseudonyms stay."""
    known, analysis = _own(session, drafts, user.name, draft)
    texts = Texts(body.sender or user.name, body.title, body.message)
    refuse_ids(session, analysis, texts)
    return _answer(draft, drafts.rewrite(user.name, draft, rewritten(known.view, texts, body.days)))


@router.get("/shares/drafts/{draft}/page", dependencies=[RESEARCHER], response_class=HTMLResponse)
def draft_page(
    draft: DraftId, session: ReadSessionDep, drafts: ShareDraftsDep, user: CurrentUser, revision: Revision = 0
) -> HTMLResponse:
    """The page as its receiver would see it now; a page of the dashboard may frame it."""
    del revision  # it makes the address another one, so that a frame loads what was rewritten
    view = _own(session, drafts, user.name, draft)[0].view
    sent = Sent(now(), now() + timedelta(days=view.expires_in_days))
    return page_response(view, sent, Pictures(f"{DRAFTS}/{draft}/pictures"), preview=True)


@router.get("/shares/drafts/{draft}/pictures/{name}", dependencies=[RESEARCHER], response_class=PngResponse)
def draft_picture(
    draft: DraftId,
    name: Annotated[str, Path(max_length=64)],
    session: ReadSessionDep,
    drafts: ShareDraftsDep,
    user: CurrentUser,
) -> PngResponse:
    """A picture of a preview."""
    pictures = _own(session, drafts, user.name, draft)[0].pictures
    if name not in pictures:
        raise NotFound(GONE)
    return picture_response(name, pictures[name])


def _own(session: Session, drafts: ShareDrafts, user: str, name: str) -> tuple[Draft, Analysis]:
    """A preview of one's own and its analysis; raises NotFound also where one may no longer see that."""
    known = drafts.get(user, name)
    return known, get_analysis(session, known.analysis_id)


def _answer(name: str, draft: Draft) -> s.ShareDraft:
    page = f"{DRAFTS}/{name}/page?revision={draft.revision}"
    return s.ShareDraft(id=name, view=draft.view, page=page, picture_bytes=draft.picture_bytes)
