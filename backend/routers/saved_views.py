"""Saved views: addresses of the dashboard under a name, shown to everybody signed in with who saved them."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.errors import Conflict
from backend.queries.marked import check_room, delete_row
from backend.web.authorization import VIEWER, CurrentUser
from backend.web.dependencies import WriteSessionDep
from backend.web.pagination import Listing, add_list
from shared import schemas as s

router = APIRouter(tags=["saved views"])


def saved_views() -> Listing[s.SavedView]:
    """The saved views of all users, by name."""
    row = models.SavedView
    return Listing.of_each(select(row).order_by(row.name, row.by, row.id), _views)


add_list(router, "/saved-views", s.SavedView, saved_views, VIEWER)


def _views(_session: Session, rows: Sequence[models.SavedView]) -> list[s.SavedView]:
    return [s.SavedView.model_validate({name: getattr(row, name) for name in s.SavedView.model_fields}) for row in rows]


@router.post("/saved-views", dependencies=[VIEWER], status_code=201)
def save_view(body: s.SavedViewCreate, session: WriteSessionDep, user: CurrentUser) -> s.SavedView:
    """Saves a page with its query under a name; what it names is not looked up, the page says what is gone."""
    row = models.SavedView
    if session.scalar(select(row.id).where(row.by == user.name, row.name == body.name)) is not None:
        raise Conflict("You have a view of this name already; choose another name, or delete the old one first.")
    moment = models.now()
    check_room(session, row, user.name, moment)
    made = row(**body.model_dump(), by=user.name, at=moment)
    session.add(made)
    session.flush()
    audit.record(session, user.name, "view.save", made.id)
    return _views(session, [made])[0]


@router.delete("/saved-views/{view_id}", dependencies=[VIEWER], status_code=204)
def delete_view(view_id: str, session: WriteSessionDep, user: CurrentUser) -> None:
    """Deletes a view of one's own; an admin deletes any, also a damaged one."""
    missing = "There is no such saved view; it may have been deleted already."
    delete_row(session, models.SavedView, view_id, user, missing, "view.delete")
