"""Everything of one analysis as a file to take away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from backend.access import audit
from backend.errors import Cancelled
from backend.queries.analysis_detail import get_analysis
from backend.routers.maps import NOBODY_LISTENS
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.dependencies import BlobStoreDep, DatabaseDep
from backend.web.while_wanted import while_wanted

router = APIRouter(tags=["analyses"])
THREAD = ThreadPoolExecutor(1, thread_name_prefix="bundle")
"""Bundles are made one at a time: each takes seconds, and those that wait may not take everybody else's threads."""


class ZipResponse(Response):
    """A zip."""

    media_type = "application/zip"


@router.get("/analyses/{analysis_id}/bundle.zip", dependencies=[RESEARCHER], response_class=ZipResponse)
async def bundle(
    request: Request,
    analysis_id: Annotated[str, Path(max_length=100)],
    database: DatabaseDep,
    files: BlobStoreDep,
    user: CurrentUser,
) -> ZipResponse:
    """Ranking, groups, report, decoders, evidence, figures, tables, methods text, and the command that repeats it.

    It holds the tables of the studies, so viewers cannot fetch it.
    """
    from backend.jobs.data.result_folder import result_files, stored_result, zipped  # loads what no other route needs

    def made(cancelled: Callable[[], bool]) -> bytes:
        if cancelled():
            raise Cancelled("The bundle is no longer wanted.")
        with database.read() as session:
            result = stored_result(session, files, get_analysis(session, analysis_id))
        return zipped(result_files(result))  # takes seconds, and a reader holds up every writer

    def noted() -> None:
        with database.write() as session:
            audit.record(session, user.name, "analysis.export", analysis_id, format="bundle")

    try:
        content = await while_wanted(request, THREAD, made)
    except Cancelled:
        return ZipResponse(status_code=NOBODY_LISTENS)
    await run_in_threadpool(noted)
    headers = {"Content-Disposition": f'attachment; filename="{analysis_id}.zip"', "Cache-Control": "private, no-cache"}
    return ZipResponse(content, headers=headers)
