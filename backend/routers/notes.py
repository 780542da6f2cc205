"""Notes on analyses, features and cases: researchers write them, everybody signed in reads them."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.queries.marked import check_room, check_there, delete_row
from backend.web.authorization import RESEARCHER, VIEWER, CurrentUser
from backend.web.dependencies import WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["notes"], route_class=SettledRoute)
Filter = Annotated[str | None, Query(max_length=300)]


def notes(analysis_id: Filter = None, feature: Filter = None, case_id: Filter = None) -> Listing[s.Note]:
    """Notes, newest first; those of an analysis with those on its features, unless `feature` names one."""
    row = models.Note
    statement = select(row).order_by(row.at.desc(), row.id)
    for column, value in ((row.analysis_id, analysis_id), (row.feature, feature), (row.case_id, case_id)):
        if value is not None:
            statement = statement.where(column == value)
    return Listing.of_each(statement, _notes)


add_list(router, "/notes", s.Note, notes, VIEWER)


def _notes(_session: Session, rows: Sequence[models.Note]) -> list[s.Note]:
    return [s.Note.model_validate({name: getattr(row, name) for name in s.Note.model_fields}) for row in rows]


@router.post("/notes", dependencies=[RESEARCHER], status_code=201)
def write_note(body: s.NoteCreate, session: WriteSessionDep, user: CurrentUser) -> s.Note:
    """Writes a note of plain text; its author and the time are kept with it."""
    check_there(session, body.analysis_id, body.feature, body.case_id)
    moment = models.now()
    check_room(session, models.Note, user.name, moment)
    row = models.Note(**body.model_dump(), by=user.name, at=moment)
    session.add(row)
    session.flush()
    audit.record(session, user.name, "note.write", row.id)
    return _notes(session, [row])[0]


@router.delete("/notes/{note_id}", dependencies=[RESEARCHER], status_code=204)
def delete_note(note_id: str, session: WriteSessionDep, user: CurrentUser) -> None:
    """Deletes a note of one's own; an admin deletes any, also a damaged one."""
    missing = "There is no such note; it may have been deleted already."
    delete_row(session, models.Note, note_id, user, missing, "note.delete")
