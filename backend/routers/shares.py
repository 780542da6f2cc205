"""Share links as their makers see them."""

from collections.abc import Mapping

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.access import share_links
from backend.access.share_drafts import ShareDrafts
from backend.access.tokens import new_token
from backend.errors import Conflict
from backend.queries.analysis_detail import get_analysis, share_schema
from backend.queries.readable_share import readable_share
from backend.queries.share_snapshot import freeze, rewritten
from backend.queries.shared_page.page import Texts, refuse_ids
from backend.storage.blob_store import BlobStore
from backend.storage.project_scope import unlimited
from backend.storage.readable_rows import Readable, row_ids
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.dependencies import (
    BlobStoreDep,
    DatabaseDep,
    IdempotencyKey,
    ShareDraftsDep,
    SignerDep,
    WriteSessionDep,
)
from backend.web.pagination import Listing, PageRequest, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["shares"], route_class=SettledRoute)


def share_list() -> Listing[s.Share]:
    """Share links, newest first; a row that cannot be read is labelled "unreadable"."""
    statement = select(models.Share).order_by(models.Share.created_at.desc(), models.Share.id)

    def read(session: Session, part: PageRequest) -> Readable[s.Share]:
        found = row_ids(session, statement.offset(part.offset).limit(part.limit), models.Share)
        return Readable([readable_share(session, share_id) for share_id in found], [])

    return Listing(Listing.of(statement, lambda _session, _rows: []).count, read)


add_list(router, "/shares", s.Share, share_list, RESEARCHER)


@router.post("/shares", dependencies=[RESEARCHER], status_code=201)
def create_share(
    body: s.ShareCreate,
    database: DatabaseDep,
    files: BlobStoreDep,
    signer: SignerDep,
    drafts: ShareDraftsDep,
    user: CurrentUser,
    idempotency_key: IdempotencyKey = None,
) -> s.ShareCreated:
    """Freezes an analysis and makes a link to it; the link is in this answer and nowhere else.

    With a `draft` exactly what it showed is frozen, under the words of this request. The same `Idempotency-Key` never
    makes a second link: it gives the first one again.
    """
    token = signer.token("share", user.name, idempotency_key) if idempotency_key else new_token()
    with database.read() as session:  # drawing pictures takes seconds: not under the write lock
        made = _made_before(session, token, body, user.name)
        if made is not None:
            return _created(made, token)
        view, pictures = _frozen(session, files, drafts, body, user.name)
    with database.write() as session:
        made = _made_before(session, token, body, user.name)
        if made is None:
            analysis = get_analysis(session, body.analysis_id)
            made, _ = share_links.create(session, analysis, view, pictures, body, user=user.name, token=token)
        return _created(made, token)


def _made_before(session: Session, token: str, body: s.ShareCreate, user: str) -> models.Share | None:
    """The link of the same key. Raises Conflict for one in a project that its maker no longer sees."""
    made = share_links.find_existing(session, token, body, user)
    if made is None:
        with unlimited(session):
            if share_links.is_known(session, token):
                raise Conflict("This idempotency key was used for another link; send a new key.")
    return made


def _frozen(
    session: Session, files: BlobStore, drafts: ShareDrafts, body: s.ShareCreate, user: str
) -> tuple[s.SharedView, Mapping[str, bytes]]:
    """The snapshot of a link: that of its preview, or one frozen now."""
    analysis = get_analysis(session, body.analysis_id)
    texts = Texts(body.sender or user, body.title, body.message)
    if body.draft is None:
        return freeze(session, files, analysis, body.days, texts, with_pictures=body.with_pictures)
    draft = drafts.get(user, body.draft)
    if (draft.analysis_id, draft.view.with_pictures) != (body.analysis_id, body.with_pictures):
        raise Conflict("The preview is of another result, or with other pictures, than the link; make it again.")
    refuse_ids(session, analysis, texts)
    return rewritten(draft.view, texts, body.days), draft.pictures


def _created(share: models.Share, token: str) -> s.ShareCreated:
    return s.ShareCreated(**share_schema(share).model_dump(), path=f"/s#{token}")


@router.post("/shares/{share_id}/extend", dependencies=[RESEARCHER])
def extend_share(share_id: str, body: s.ShareExtend, session: WriteSessionDep, user: CurrentUser) -> s.Share:
    """Gives a link a new end, so many days from now; one that expired opens again, one that was withdrawn does not."""
    share_links.extend(session, share_id, body.days, user.name)
    session.flush()
    return readable_share(session, share_id)


@router.post("/shares/{share_id}/revoke", dependencies=[RESEARCHER])
def revoke_share(share_id: str, session: WriteSessionDep, user: CurrentUser) -> s.Share:
    """Withdraws a link at once, also one whose row is damaged."""
    share_links.revoke(session, share_id, user.name)
    session.flush()
    return readable_share(session, share_id)
