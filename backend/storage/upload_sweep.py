"""Removes uploads that nobody needs any more: expired ones, those that jobs have taken, those that lost their bytes."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.models import Job, Upload, UploadUse
from backend.settings import Settings
from backend.storage.database import Database
from backend.storage.upload_folder import ID, UPLOADS, UploadFolder
from backend.storage.uploads import delete_row, in_use

log = logging.getLogger(__name__)
KEPT_AFTER_USE = timedelta(hours=1)
"""How long an upload stays once a job has taken it, for those who start another one from it."""


def sweep(database: Database, settings: Settings, moment: datetime) -> int:
    """Removes them as of a moment; gives how many.

    The row goes first, so that nobody holds the database while files are deleted; a folder without a row goes too.
    """
    folder = settings.data_dir / UPLOADS
    folders = {path.name for path in folder.iterdir() if ID.fullmatch(path.name)} if folder.is_dir() else set()
    with database.read() as session:  # after the folders were listed: a row is there before its folder
        known = set(session.scalars(select(Upload.id)))
        over = [upload_id for upload_id in sorted(known) if _is_over(session, settings, upload_id, moment)]
    for upload_id in over:
        with database.write() as session:
            if in_use(session, upload_id):
                continue
            delete_row(session, upload_id)
        UploadFolder(settings.data_dir, upload_id).remove()
    for name in sorted(folders - known):
        UploadFolder(settings.data_dir, name).remove()
    return len(over)


def _is_over(session: Session, settings: Settings, upload_id: str, moment: datetime) -> bool:
    """Whether nobody needs an upload; nobody can use one whose row is damaged."""
    if in_use(session, upload_id):
        return False
    try:
        row = session.get_one(Upload, upload_id)
    except Damaged as error:
        log.warning("the upload %s is removed: %s", upload_id, error.sentence)
        return True
    of = select(func.max(Job.finished_at)).join(UploadUse, UploadUse.job_id == Job.id)
    taken: datetime | None = session.scalar(of.where(UploadUse.upload_id == row.id, Job.state == "done"))
    lost = row.state != "refused" and row.n_received > 0 and not UploadFolder(settings.data_dir, row.id).path.is_dir()
    return row.expires_at < moment or lost or (taken is not None and taken + KEPT_AFTER_USE < moment)
