"""Share links: create, open, view and revoke. A link opens one frozen snapshot and nothing else.

The link's token is returned once and stored only as a hash. The browser that opens the link gets a second token as its
cookie, also stored only as a hash. Unknown, expired, revoked and used-up links and wrong passphrases get the same
answer, so that nobody can learn which links exist.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.orm import Session, lazyload

from backend.access import audit, passphrases
from backend.access.tokens import hash_token, new_token
from backend.errors import Conflict, Damaged, NotFound
from backend.models import Analysis, Share, SharePicture, ShareSession, UtcTime, now, snapshot_hash
from shared import schemas as s
from shared.cookies import SHARE_LIFETIME

NOTHING_HERE = (
    "This link opens nothing: it may be mistyped, out of date or withdrawn, or its passphrase is another one. Ask the "
    "person who sent it."
)

MAX_BROWSERS = 1000
"""Browsers that may have one link open at once; the oldest must open it again."""
ALONE = lazyload(Share.analysis)
"""Reads a link without its analysis: what it shows is frozen, also where the analysis is damaged."""


def create(
    session: Session,
    analysis: Analysis,
    view: s.SharedView,
    pictures: Mapping[str, bytes],
    request: s.ShareCreate,
    *,
    user: str,
    token: str | None = None,
) -> tuple[Share, str]:
    """Store a snapshot with its pictures; gives the share and its token, which is stored nowhere."""
    token = token or new_token()
    snapshot = view.model_dump(mode="json")
    share = Share(
        token_hash=hash_token(token),
        analysis=analysis,
        label=request.label,
        created_by=user,
        expires_at=now() + timedelta(days=request.days),
        passphrase_hash=None if request.passphrase is None else passphrases.hash_passphrase(request.passphrase),
        max_views=request.max_views,
        snapshot=snapshot,
        snapshot_sha256=snapshot_hash(snapshot),
    )
    session.add(share)
    session.flush()
    for name, png in pictures.items():
        digest = hashlib.sha256(png).hexdigest()
        session.add(SharePicture(share_id=share.id, name=name, png=png, sha256=digest))
    audit.record(session, user, "share.create", share.id, pictures=len(pictures))
    return share, token


def find_existing(session: Session, token: str, request: s.ShareCreate, user: str) -> Share | None:
    """The share of a token, None where there is none; raises `Conflict` where another request created it."""
    share = session.scalar(select(Share).where(Share.token_hash == hash_token(token)))
    if share is None:
        return None
    page = share.snapshot.get("page") or {}  # a link of before the page has none, and so is another request's
    made = (
        *(share.analysis_id, share.label, share.max_views, share.snapshot["expires_in_days"]),
        *(share.snapshot.get("with_pictures"), *(page.get(name) for name in ("sender", "title", "message"))),
    )
    asked = (
        *(request.analysis_id, request.label, request.max_views, request.days),
        *(request.with_pictures, request.sender or user, request.title, request.message),
    )
    guarded = (share.passphrase_hash is None) == (request.passphrase is None)
    guarded = guarded and passphrases.verify_passphrase(share.passphrase_hash, request.passphrase or "")
    if made != asked or not guarded:
        raise Conflict("This idempotency key was used for another link; send a new key.")
    return share


def is_known(session: Session, token: str) -> bool:
    """Whether any share has this token."""
    return session.scalar(select(Share.id).where(Share.token_hash == hash_token(token))) is not None


def open_link(session: Session, token: str, passphrase: str) -> tuple[str, str]:
    """Swaps a link's token, and its passphrase, for the token of a browser's cookie; raises the one `NotFound`."""
    share = session.scalar(select(Share).where(Share.token_hash == hash_token(token)).options(ALONE))
    if share is None or not is_active(share) or (share.max_views is not None and share.opened >= share.max_views):
        raise NotFound(NOTHING_HERE)
    if not passphrases.verify_passphrase(share.passphrase_hash, passphrase):
        raise NotFound(NOTHING_HERE)
    _end_oldest(session, share.id)
    cookie = new_token()
    session.add(ShareSession(token_hash=hash_token(cookie), share_id=share.id))
    share.opened += 1
    share.last_opened_at = now()
    audit.record(session, "link", "share.open", share.id)
    return cookie, share.id


def _end_oldest(session: Session, share_id: str) -> None:
    """Forget the browsers whose cookie is out of date, and the oldest of too many: a link must not fill the disk."""
    own = ShareSession.share_id == share_id
    session.execute(delete(ShareSession).where(own, ShareSession.created_at <= now() - SHARE_LIFETIME))
    newest = select(ShareSession.token_hash).where(own).order_by(ShareSession.created_at.desc())
    kept = newest.limit(MAX_BROWSERS - 1).scalar_subquery()
    session.execute(delete(ShareSession).where(own, ShareSession.token_hash.not_in(kept)))


def opened_share(session: Session, cookie: str | None) -> Share:
    """The share that a browser's cookie opens; raises `NotFound` where link or cookie is no longer valid."""
    row = session.get(ShareSession, hash_token(cookie)) if cookie else None
    known = row is not None and row.created_at + SHARE_LIFETIME > now()
    share = session.get(Share, row.share_id, options=[ALONE]) if row and known else None
    if share is None or not is_active(share):
        raise NotFound(NOTHING_HERE)
    return share


def view_of(share: Share) -> s.SharedView:
    """The frozen snapshot of a share; raises `Damaged` where it no longer matches its hash, or has other fields."""
    if snapshot_hash(share.snapshot) != share.snapshot_sha256:
        raise Damaged("The stored snapshot of this link no longer matches its hash; make a new link.")
    left = share.expires_at - now()
    of_link = {"sent_at": share.created_at, "until": share.expires_at}
    shown = share.snapshot | of_link | {"expires_in_days": max(0, -(-left // timedelta(days=1)))}
    try:
        return s.SharedView.model_validate(shown)
    except ValidationError:
        raise Damaged("This version cannot show the snapshot of this link; make a new link.") from None


def picture_of(session: Session, share: Share, name: str) -> bytes:
    """A picture (PNG or WebP) of the snapshot; raises `NotFound`, or `Damaged` where it no longer matches its hash."""
    picture = session.get(SharePicture, (share.id, name))
    if picture is None:
        raise NotFound(NOTHING_HERE)
    if hashlib.sha256(picture.png).hexdigest() != picture.sha256:
        raise Damaged("A stored picture of this link no longer matches its hash; make a new link.")
    return picture.png


def revoke(session: Session, share_id: str, user: str) -> None:
    """Revoke a link; from this commit on neither it nor a cookie of it opens anything. Raises `NotFound`.

    Its row is not loaded: a damaged one must end, too.
    """
    known = update(Share).where(Share.id == share_id)
    found = session.scalar(
        known.values(revoked_at=func.coalesce(Share.revoked_at, literal(now(), UtcTime()))).returning(Share.id)
    )
    if found is None:
        raise NotFound("There is no such share link; the Shares page lists them all.")
    audit.record(session, user, "share.revoke", share_id)


def extend(session: Session, share_id: str, days: int, user: str) -> None:
    """Give a link a new end, so many days from now; one that expired opens again. Raises `NotFound`, or `Conflict`.

    A link that was withdrawn stays so: somebody meant it to end.
    """
    share = session.scalar(select(Share).where(Share.id == share_id).options(ALONE))
    if share is None:
        raise NotFound("There is no such share link; the Shares page lists them all.")
    if share.revoked_at is not None:
        raise Conflict("This link was withdrawn, so it cannot be extended; make a new one.")
    share.expires_at = now() + timedelta(days=days)
    audit.record(session, user, "share.extend", share.id, days=days)


def is_active(share: Share) -> bool:
    """Whether a share is neither revoked nor expired."""
    return share.revoked_at is None and share.expires_at > now()
