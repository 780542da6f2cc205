"""Share links as their makers see them."""

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.access import share_links
from backend.access.tokens import new_token
from backend.queries.analysis_detail import get_analysis, share_schema
from backend.queries.readable_share import readable_share
from backend.queries.share_snapshot import freeze
from backend.storage.readable_rows import Readable, row_ids
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.dependencies import BlobStoreDep, DatabaseDep, IdempotencyKey, SignerDep, WriteSessionDep
from backend.web.pagination import Listing, PageRequest, add_list
from shared import schemas as s

router = APIRouter(tags=["shares"])


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
    user: CurrentUser,
    idempotency_key: IdempotencyKey = None,
) -> s.ShareCreated:
    """Freezes an analysis and makes a link to it; the link is in this answer and nowhere else.

    The same `Idempotency-Key` never makes a second link: it gives the first one again.
    """
    token = signer.token("share", user.name, idempotency_key) if idempotency_key else new_token()
    with database.read() as session:  # drawing pictures takes seconds: not under the write lock
        made = share_links.find_existing(session, token, body)
        if made is not None:
            return _created(made, token)
        analysis = get_analysis(session, body.analysis_id)
        view, pictures = freeze(session, files, analysis, body.days, with_pictures=body.with_pictures)
    with database.write() as session:
        made = share_links.find_existing(session, token, body)
        if made is None:
            analysis = get_analysis(session, body.analysis_id)
            made, _ = share_links.create(session, analysis, view, pictures, body, user=user.name, token=token)
        return _created(made, token)


def _created(share: models.Share, token: str) -> s.ShareCreated:
    return s.ShareCreated(**share_schema(share).model_dump(), path=f"/s#{token}")


@router.post("/shares/{share_id}/revoke", dependencies=[RESEARCHER])
def revoke_share(share_id: str, session: WriteSessionDep, user: CurrentUser) -> s.Share:
    """Withdraws a link at once, also one whose row is damaged."""
    share_links.revoke(session, share_id, user.name)
    session.flush()
    return readable_share(session, share_id)
