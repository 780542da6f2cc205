"""A whole cohort as files for other programs."""

from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from backend.access import audit
from backend.errors import Cancelled
from backend.interchange.archive import write_zip
from backend.interchange.licences import MOST
from backend.routers.bundles import THREAD
from backend.routers.maps import NOBODY_LISTENS
from backend.storage.database import Database
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.dependencies import BlobStoreDep, DatabaseDep
from backend.web.while_wanted import while_wanted

router = APIRouter(tags=["cohorts"])
IN_MEMORY = 32 << 20
"""Bytes of a zip that are held in memory; a larger one is written to a file."""
PIECE = 1 << 20
Entries = Iterator[tuple[str, bytes]]
CohortId = Annotated[str, Path(max_length=64)]
Licence = Annotated[str | None, Query(max_length=MOST, description="Stands in the files as given.")]


class ZipStream(StreamingResponse):
    """A zip in pieces."""

    media_type = "application/zip"


@router.get("/cohorts/{cohort_id}/croissant.zip", dependencies=[RESEARCHER], response_class=ZipStream)
async def croissant_file(
    request: Request, cohort_id: CohortId, database: DatabaseDep, user: CurrentUser, licence: Licence = None
) -> Response:
    """Studies with labels, images and masks by hash, features: Parquet, described in Croissant, with a datasheet.

    It holds the tables of the studies, so viewers cannot fetch it.
    """

    def entries() -> Entries:
        from backend.interchange.cohort_tables import cohort_tables
        from backend.interchange.dataset_folder import dataset_files  # loads pyarrow, which no other route needs

        with database.read() as session:
            tables = cohort_tables(session, cohort_id)
        return dataset_files(tables, licence)

    return await _zipped(request, database, user.name, cohort_id, "croissant", entries)


@router.get("/cohorts/{cohort_id}/bids.zip", dependencies=[RESEARCHER], response_class=ZipStream)
async def bids_file(
    request: Request,
    cohort_id: CohortId,
    database: DatabaseDep,
    files: BlobStoreDep,
    user: CurrentUser,
    licence: Licence = None,
) -> Response:
    """Masks as NIfTI and features as tables, in the folders and names of a derivative of BIDS.

    It holds masks and tables of the studies, so viewers cannot fetch it.
    """

    def entries() -> Entries:
        from backend.interchange.bids_derivatives import bids_files
        from backend.interchange.cohort_tables import cohort_tables

        with database.read() as session:
            tables = cohort_tables(session, cohort_id)
        return bids_files(tables, files, licence)

    return await _zipped(request, database, user.name, cohort_id, "bids", entries)


async def _zipped(
    request: Request, database: Database, user: str, cohort_id: str, form: str, entries: Callable[[], Entries]
) -> Response:
    """The zip of what `entries` gives, made one at a time with bundles, and noted before it is sent."""

    def made(cancelled: Callable[[], bool]) -> IO[bytes]:
        out: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed when it was sent)
        try:
            write_zip(out, _while(entries(), cancelled))
        except BaseException:
            out.close()
            raise
        out.seek(0)
        return out

    def noted() -> None:
        with database.write() as session:
            audit.record(session, user, "cohort.export", cohort_id, format=form)

    try:
        out = await while_wanted(request, THREAD, made)
    except Cancelled:
        return Response(status_code=NOBODY_LISTENS)
    await run_in_threadpool(noted)
    headers = {"Content-Disposition": f'attachment; filename="{form}.zip"', "Cache-Control": "private, no-cache"}
    return ZipStream(_pieces(out), headers=headers)


def _while(entries: Entries, cancelled: Callable[[], bool]) -> Entries:
    for entry in entries:
        if cancelled():
            raise Cancelled("The file is no longer wanted.")
        yield entry


def _pieces(out: IO[bytes]) -> Iterator[bytes]:
    with out:
        while piece := out.read(PIECE):
            yield piece
