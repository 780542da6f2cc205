"""Uploads: files sent in parts by the tus protocol, resumed where they stopped, seen by their owner alone."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import ClientDisconnect

from backend import models
from backend.access import audit
from backend.errors import BadFile
from backend.jobs.planning.upload_keeper import UploadKeeper
from backend.storage import uploads as rows
from backend.storage.upload_folder import UploadFolder
from backend.storage.upload_writer import UploadWriter
from backend.web import tus
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.dependencies import DatabaseDep, ReadSessionDep, SettingsDep, WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["uploads"], route_class=SettledRoute)
PIECE_BYTES = 2**20
"""Bytes of a body that are held in memory before they are written."""
MOST_FINGERPRINT = 200
SHA256 = re.compile(r"[0-9a-f]{64}")
TUS = Depends(tus.tus_version)


def _keeper(request: Request) -> UploadKeeper:
    keeper: UploadKeeper = request.app.state.upload_keeper
    return keeper


UploadKeeperDep = Annotated[UploadKeeper, Depends(_keeper)]
TusHeader = Annotated[str | None, Header(max_length=tus.MOST_METADATA_BYTES)]


def uploads(user: CurrentUser) -> Listing[s.Upload]:
    """One's own uploads, newest first."""
    row = models.Upload
    statement = select(row).where(row.by == user.name).order_by(row.created_at.desc(), row.id)
    return Listing.of_each(statement, lambda session, found: [_schema(session, each) for each in found])


add_list(router, "/uploads", s.Upload, uploads, RESEARCHER)


@router.options("/uploads", dependencies=[RESEARCHER], status_code=204)
def upload_options(settings: SettingsDep) -> Response:
    """What this server can do of the tus protocol, and how large a file may be."""
    headers = {
        "Tus-Resumable": tus.VERSION,
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Checksum-Algorithm": tus.CHECKSUM_ALGORITHMS,
        "Tus-Max-Size": str(settings.upload_file_mb * rows.MIB),
    }
    return Response(status_code=204, headers=headers)


@router.post("/uploads", dependencies=[RESEARCHER, TUS], status_code=201)
def start_upload(
    response: Response,
    session: WriteSessionDep,
    settings: SettingsDep,
    user: CurrentUser,
    upload_length: Annotated[str | None, Header(max_length=40, description="Bytes of the whole file.")] = None,
    upload_metadata: TusHeader = None,
) -> s.Upload:
    """Starts an upload; `Location` is where its bytes go. `Upload-Metadata` holds `filename`.

    It may also hold `fingerprint`, a word to find the upload again, and `sha256`, the hash of the whole file.
    """
    size, told = tus.number(upload_length, "Upload-Length"), tus.metadata(upload_metadata)
    if size == 0:
        raise BadFile("The file is empty; choose another one.")
    sha256, fingerprint = told.get("sha256", ""), told.get("fingerprint", "")
    if sha256 and not SHA256.fullmatch(sha256):
        raise BadFile("The SHA-256 of the file is not 64 digits of hexadecimal; correct it, or leave it out.")
    if len(fingerprint) > MOST_FINGERPRINT or not fingerprint.isprintable():
        raise BadFile(f"The fingerprint of an upload is a printable word of up to {MOST_FINGERPRINT} characters.")
    name = rows.plain_name(told.get("filename", told.get("name", "upload")))
    row = models.Upload(name=name, fingerprint=fingerprint, sha256=sha256, n_bytes=size)
    rows.create(session, settings, user.name, row)
    audit.record(session, user.name, "upload.start", row.id)
    response.headers["Location"] = f"/api/v1/uploads/{row.id}"
    response.headers.update(tus.expires(row.expires_at))
    return _schema(session, row)


@router.get("/uploads/{upload_id}", dependencies=[RESEARCHER])
def upload(upload_id: str, session: ReadSessionDep, user: CurrentUser) -> s.Upload:
    """One upload of one's own: how far it is, and what it was found to be."""
    return _schema(session, rows.find(session, upload_id, user.name))


@router.head("/uploads/{upload_id}", dependencies=[RESEARCHER, TUS])
def upload_offset(upload_id: str, session: ReadSessionDep, user: CurrentUser, response: Response) -> None:
    """Where an upload goes on: `Upload-Offset` bytes are on the server's disk for good."""
    row = rows.find(session, upload_id, user.name)
    response.headers["Upload-Offset"], response.headers["Upload-Length"] = str(row.n_received), str(row.n_bytes)
    response.headers.update(tus.expires(row.expires_at))


@router.patch("/uploads/{upload_id}", dependencies=[RESEARCHER, TUS, Depends(tus.patch_type)], status_code=204)
async def send_part(
    upload_id: str,
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    keeper: UploadKeeperDep,
    user: CurrentUser,
    upload_offset: Annotated[str | None, Header(max_length=40, description="Where the body belongs.")] = None,
    upload_checksum: Annotated[str | None, Header(max_length=100, description="`sha256 BASE64` of the body.")] = None,
) -> None:
    """Appends the body at `Upload-Offset`, which must be where the upload stands; the answer says where it stands then.

    A body that breaks off counts as far as it came, unless it has a checksum. The last byte starts the check.
    """
    offset = tus.number(upload_offset, "Upload-Offset")
    writer = UploadWriter(database, settings, upload_id, user.name, offset=offset, checksum=upload_checksum or "")
    await run_in_threadpool(writer.open)
    try:
        whole = await _receive(request, writer)
        n_received = await run_in_threadpool(writer.finish if whole else writer.record)
    finally:
        await run_in_threadpool(writer.close)
    if n_received == writer.n_bytes:
        keeper.check(upload_id)
    response.headers["Upload-Offset"] = str(n_received)


@router.delete("/uploads/{upload_id}", dependencies=[RESEARCHER, TUS], status_code=204)
def remove_upload(upload_id: str, database: DatabaseDep, settings: SettingsDep, user: CurrentUser) -> None:
    """Removes an upload and its bytes at any time, unless a job reads it."""
    with database.write() as session:
        rows.forget(session, upload_id, user.name)
        audit.record(session, user.name, "upload.remove", upload_id)
    UploadFolder(settings.data_dir, upload_id).remove()


async def _receive(request: Request, writer: UploadWriter) -> bool:
    """Writes a body as it comes; gives whether it came to its end, for one that breaks off counts as far as it came."""
    held, whole = bytearray(), True
    try:
        async for piece in request.stream():
            held += piece
            if len(held) >= PIECE_BYTES:
                await run_in_threadpool(writer.write, bytes(held))
                held.clear()
    except ClientDisconnect:
        whole = False  # nobody reads an answer, so none is an error
    await run_in_threadpool(writer.write, bytes(held))
    return whole


def _schema(session: Session, row: models.Upload) -> s.Upload:
    fields = {name: getattr(row, name) for name in s.Upload.model_fields if name != "in_use"}
    return s.Upload.model_validate(fields | {"in_use": rows.in_use(session, row.id)})
