"""Drafts: forms that a user has begun, kept so that they survive leaving the page."""

from fastapi import APIRouter
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backend import models
from backend.errors import Conflict, NotFound
from backend.web.authorization import VIEWER, CurrentUser
from backend.web.dependencies import ReadSessionDep, WriteSessionDep
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["drafts"], route_class=SettledRoute)
MOST_OF_A_USER = 60


@router.get("/drafts/{name}", dependencies=[VIEWER])
def draft(name: s.DraftName, session: ReadSessionDep, user: CurrentUser) -> s.Draft:
    """A form of one's own as it stands."""
    row = session.get(models.Draft, (user.name, name))
    if row is None:
        raise NotFound("There is no such draft of yours; it begins when a form is filled in.")
    return s.Draft(name=row.name, fields=row.fields, at=row.at)


@router.put("/drafts/{name}", dependencies=[VIEWER], status_code=204)
def keep_draft(name: s.DraftName, body: s.DraftFields, session: WriteSessionDep, user: CurrentUser) -> None:
    """Keeps a form of one's own as it stands now."""
    drop(session, user.name, name)  # not read first: a damaged row is so replaced
    row = models.Draft
    if (session.scalar(select(func.count()).select_from(row).where(row.by == user.name)) or 0) >= MOST_OF_A_USER:
        raise Conflict(f"You have {MOST_OF_A_USER} forms begun; forget one that is no longer needed.")
    session.add(row(by=user.name, name=name, fields=body.fields))


@router.delete("/drafts/{name}", dependencies=[VIEWER], status_code=204)
def forget_draft(name: s.DraftName, session: WriteSessionDep, user: CurrentUser) -> None:
    """Deletes a form of one's own; nothing happens where there is none."""
    drop(session, user.name, name)


def drop(session: Session, by: str, name: str) -> None:
    """Deletes the row of a draft, where there is one."""
    row = models.Draft
    session.execute(delete(row).where(row.by == by, row.name == name))
