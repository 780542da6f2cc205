"""Saved views: addresses of the dashboard under a name, shown to the members of their project with who saved them."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.errors import Conflict
from backend.queries.marked import check_room, delete_row
from backend.queries.project_of_view import project_of_view
from backend.storage.project_scope import unlimited
from backend.web.authorization import VIEWER, CurrentUser
from backend.web.dependencies import WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["saved views"], route_class=SettledRoute)


def saved_views(user: CurrentUser) -> Listing[s.SavedView]:
    """The saved views of one's projects, and one's own, by name."""
    row = models.SavedView
    return Listing.of_each(select(row).where(_shown(user)).order_by(row.name, row.by, row.id), _views)


def _shown(user: s.Me) -> ColumnElement[bool]:
    """Views without a project are their user's alone."""
    return or_(models.SavedView.project_id.is_not(None), models.SavedView.by == user.name)


add_list(router, "/saved-views", s.SavedView, saved_views, VIEWER)


def _views(_session: Session, rows: Sequence[models.SavedView]) -> list[s.SavedView]:
    return [s.SavedView.model_validate({name: getattr(row, name) for name in s.SavedView.model_fields}) for row in rows]


@router.post("/saved-views", dependencies=[VIEWER], status_code=201)
def save_view(body: s.SavedViewCreate, session: WriteSessionDep, user: CurrentUser) -> s.SavedView:
    """Saves a page with its query under a name, for the members of the project of what it names.

    What it names need not be there: the page says what is gone. A view that could be of several projects is one's own.
    """
    row = models.SavedView
    with unlimited(session):  # a name is taken by a view in any project
        taken = session.scalar(select(row.id).where(row.by == user.name, row.name == body.name)) is not None
    if taken:
        raise Conflict("You have a view of this name already; choose another name, or delete the old one first.")
    moment = models.now()
    check_room(session, row, user.name, moment)
    project_id = project_of_view(session, body.query)
    made = row(**body.model_dump(), project_id=project_id, by=user.name, at=moment)
    session.add(made)
    session.flush()
    audit.record(session, user.name, "view.save", made.id)
    return _views(session, [made])[0]


@router.delete("/saved-views/{view_id}", dependencies=[VIEWER], status_code=204)
def delete_view(view_id: str, session: WriteSessionDep, user: CurrentUser) -> None:
    """Deletes a view of one's own; an admin deletes any, also a damaged one."""
    missing = "There is no such saved view; it may have been deleted already."
    delete_row(session, models.SavedView, view_id, user, missing, "view.delete", _shown(user))
