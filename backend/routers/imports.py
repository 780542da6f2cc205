"""A look at a folder or at tables before they are imported: what they are, and what needs a decision."""

from fastapi import APIRouter

from backend.jobs.planning.named_uploads import check_uploads
from backend.jobs.planning.tables_check import check
from backend.queries.not_used import for_role
from backend.queries.quality_report import shown_columns
from backend.storage.database import Database
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.dependencies import DatabaseDep, SettingsDep
from shared import schemas as s

router = APIRouter(tags=["quality"])


@router.post("/imports/preview", dependencies=[RESEARCHER])
def import_preview(
    body: s.ImportCasesParams, database: DatabaseDep, settings: SettingsDep, user: CurrentUser
) -> s.ImportPreview:
    """What an import of this folder would read, and which DICOM series it would take; nothing is stored."""
    _check_uploads(database, body, user)
    from backend.jobs.planning.import_preview import preview  # reads DICOM: 15 MiB not needed before

    found = preview(settings, body, local=False)
    shown = shown_columns(found.dropped_columns, user.role)
    return found.model_copy(update={"dropped_columns": shown, "not_used": for_role(found.not_used, user.role)})


@router.post("/imports/tables/check", dependencies=[RESEARCHER])
def tables_check(
    body: s.TablesCheckParams, database: DatabaseDep, settings: SettingsDep, user: CurrentUser
) -> s.TablesCheck:
    """What these tables are, which studies they share, and what is missing to analyse them; nothing is stored."""
    _check_uploads(database, body, user)
    return check(settings, body, names=user.role == "admin")


def _check_uploads(database: Database, body: s.Schema, user: s.Me) -> None:
    """Raises a Refusal for an upload of somebody else; the database is not held while files are read."""
    with database.read() as session:
        check_uploads(session, body, user.name)
