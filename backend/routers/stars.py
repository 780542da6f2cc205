"""Stars: each user's own marks on analyses, features and cases; nobody else sees them."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.errors import NotFound
from backend.queries.marked import check_room, check_there
from backend.web.authorization import VIEWER, CurrentUser
from backend.web.dependencies import WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["stars"], route_class=SettledRoute)


def stars(user: CurrentUser) -> Listing[s.Star]:
    """One's own stars, newest first."""
    row = models.Star
    return Listing.of_each(select(row).where(row.by == user.name).order_by(row.at.desc(), row.id), _stars)


add_list(router, "/stars", s.Star, stars, VIEWER)


def _stars(_session: Session, rows: Sequence[models.Star]) -> list[s.Star]:
    return [s.Star.model_validate({name: getattr(row, name) for name in s.Star.model_fields}) for row in rows]


@router.post("/stars", dependencies=[VIEWER])
def set_star(body: s.StarCreate, session: WriteSessionDep, user: CurrentUser) -> s.Star:
    """Sets a star for oneself; where it stands already, it stays as it is."""
    known = models.star_id(user.name, body.analysis_id, body.feature, body.case_id)
    row = session.get(models.Star, known)
    if row is None:
        check_there(session, body.analysis_id, body.feature, body.case_id)
        moment = models.now()
        check_room(session, models.Star, user.name, moment)
        row = models.Star(id=known, **body.model_dump(), by=user.name, at=moment)
        session.add(row)
        session.flush()
        audit.record(session, user.name, "star.set", known)
    return _stars(session, [row])[0]


@router.delete("/stars/{star_id}", dependencies=[VIEWER], status_code=204)
def take_star(star_id: str, session: WriteSessionDep, user: CurrentUser) -> None:
    """Takes a star of one's own away; a star of somebody else is answered like none."""
    row = models.Star
    gone = session.scalar(delete(row).where(row.id == star_id, row.by == user.name).returning(row.id))
    if gone is None:
        raise NotFound("There is no such star of yours; it may have been taken away already.")
    audit.record(session, user.name, "star.take", star_id)
