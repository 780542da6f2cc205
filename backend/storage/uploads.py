"""The rows of uploads: made within limits, found by their owner, kept for jobs, swept when nobody needs them."""

import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, delete, func, select, update
from sqlalchemy.orm import Session

from backend.errors import BadFile, Conflict, DiskFull, NotFound, TooLarge, TooMany
from backend.models import Job, Upload, UploadUse, now
from backend.settings import Settings
from backend.storage.upload_folder import GONE

MIB = 2**20
MOST_NAME_BYTES = 200
AT_WORK = ("queued", "running", "cancelling")


TAKEN = case((Upload.n_stored > Upload.n_bytes, Upload.n_stored), else_=Upload.n_bytes)
"""Bytes that an upload takes on the disk, or will."""


def _total(size: ColumnElement[int]) -> ColumnElement[int]:
    """The sum over rows as a whole number: PostgreSQL's own sum of them is a decimal."""
    return cast(func.coalesce(func.sum(size), 0), BigInteger)


def plain_name(given: str) -> str:
    """The last part of a file's name, safe as a name here; raises BadFile where nothing usable is left."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2]).strip()
    if not name or name.strip(".") == "" or not name.isprintable():
        raise BadFile("The file has no usable name; rename it to letters and digits and send it again.")
    if len(name.encode("utf-8", "surrogatepass")) > MOST_NAME_BYTES:
        raise BadFile(f"The file's name is longer than {MOST_NAME_BYTES} bytes; rename it and send it again.")
    return name.lstrip(".") or name


def expiry(settings: Settings, at: datetime) -> datetime:
    """When an upload that had progress at that time is removed."""
    return at + timedelta(hours=settings.upload_hours)


def create(session: Session, settings: Settings, by: str, upload: Upload) -> Upload:
    """Adds an upload within every limit, which later ones then count; raises the Refusal of the first it breaks."""
    size = upload.n_bytes
    if size > settings.upload_file_mb * MIB:
        raise TooLarge(
            f"The file has {size / MIB:,.0f} MiB, more than the {settings.upload_file_mb:,} one upload may have; copy "
            "it into an import folder of the server."
        )
    held = select(_total(TAKEN)).where(Upload.state != "refused")
    mine = session.scalar(held.where(Upload.by == by)) or 0
    if (session.scalar(select(func.count()).where(Upload.by == by)) or 0) >= settings.uploads_per_user:
        raise TooMany(
            f"You have {settings.uploads_per_user} uploads already; remove some, or pack files as one archive."
        )
    if mine + size > settings.upload_user_mb * MIB:
        raise TooLarge(
            f"Your uploads would take more than the {settings.upload_user_mb:,} MiB one user may have; remove "
            "some first."
        )
    if (session.scalar(held) or 0) + size > settings.upload_total_mb * MIB:
        raise TooLarge("The uploads of all users take all the room there is for them; try again when some are used.")
    arriving = select(_total(Upload.n_bytes - Upload.n_received)).where(Upload.state == "receiving")
    check_free(settings, size + (session.scalar(arriving) or 0))
    upload.by, upload.expires_at = by, expiry(settings, now())
    session.add(upload)
    session.flush()
    return upload


def check_free(settings: Settings, coming: int) -> None:
    """Raises DiskFull where so many bytes would leave less room than the settings keep free."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(settings.data_dir).free - coming < settings.upload_free_mb * MIB:
        raise DiskFull("There is not enough room on the server's disk for this upload; ask for some to be made.")


def find(session: Session, upload_id: str, by: str) -> Upload:
    """An upload of the user's own; raises NotFound, for those of others too."""
    row = session.get(Upload, upload_id)
    if row is None or row.by != by:
        raise NotFound(GONE)
    return row


def in_use(session: Session, upload_id: str) -> bool:
    """Whether a job that has not ended reads the upload."""
    of = select(UploadUse.job_id).join(Job, UploadUse.job_id == Job.id).where(UploadUse.upload_id == upload_id)
    return session.scalar(of.where(Job.state.in_(AT_WORK)).limit(1)) is not None


def forget(session: Session, upload_id: str, by: str) -> None:
    """Deletes the row of an upload of the user's own, a damaged one too; its folder goes after.

    Raises NotFound as `find`, and Conflict while a job reads it.
    """
    if session.scalar(select(Upload.by).where(Upload.id == upload_id)) != by:
        raise NotFound(GONE)
    if in_use(session, upload_id):
        raise Conflict("A job reads this upload; cancel that job first, or wait until it ends.")
    delete_row(session, upload_id)


def delete_row(session: Session, upload_id: str) -> None:
    """Deletes the row of an upload and what kept it."""
    session.execute(delete(UploadUse).where(UploadUse.upload_id == upload_id))
    session.execute(delete(Upload).where(Upload.id == upload_id))


def check_ready(session: Session, upload_id: str, by: str) -> None:
    """Raises NotFound, BadFile or Conflict for an upload that is not the user's own and ready."""
    row = find(session, upload_id, by)
    if row.state == "refused":
        raise BadFile(f"This upload cannot be used. {row.sentence}")
    if row.state != "ready":
        raise Conflict("This upload is not complete and checked yet; wait until it is ready, then start again.")


def keep_for(session: Session, job_id: str, ids: Sequence[str]) -> None:
    """Keeps uploads as long as a job needs them."""
    session.add_all(UploadUse(upload_id=upload_id, job_id=job_id) for upload_id in ids)


def record_check(session: Session, upload_id: str, told: Mapping[str, Any]) -> bool:
    """Records what a look at a complete upload found; False where it was removed meanwhile."""
    statement = (
        update(Upload).where(Upload.id == upload_id, Upload.state == "checking").values(told).returning(Upload.id)
    )
    return session.execute(statement).scalar_one_or_none() is not None


def room(session: Session, settings: Settings, upload: Upload) -> int:
    """Bytes that an upload may have once it is unpacked, beside what the others take."""
    others = select(_total(TAKEN)).where(Upload.state != "refused", Upload.id != upload.id)
    mine = settings.upload_user_mb * MIB - (session.scalar(others.where(Upload.by == upload.by)) or 0)
    return max(0, min(mine, settings.upload_total_mb * MIB - (session.scalar(others) or 0)))


def received(session: Session, settings: Settings, upload_id: str, before: int, n_received: int) -> None:
    """Records that so many bytes are on the disk for good; raises NotFound where the upload was removed meanwhile."""
    state = case((Upload.n_bytes == n_received, "checking"), else_="receiving")
    changed = session.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.state == "receiving", Upload.n_received == before)
        .values(n_received=n_received, state=state, expires_at=expiry(settings, now()))
        .returning(Upload.id)
    ).scalar_one_or_none()
    if changed is None:
        raise NotFound(GONE)
