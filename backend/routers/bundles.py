"""Everything of one analysis as a file to take away."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from backend.access import audit
from backend.queries.analysis_detail import get_analysis
from backend.web.authorization import RESEARCHER, CurrentUser
from backend.web.dependencies import BlobStoreDep, DatabaseDep

router = APIRouter(tags=["analyses"])


class ZipResponse(Response):
    """A zip."""

    media_type = "application/zip"


@router.get("/analyses/{analysis_id}/bundle.zip", dependencies=[RESEARCHER], response_class=ZipResponse)
def bundle(
    analysis_id: Annotated[str, Path(max_length=100)], database: DatabaseDep, files: BlobStoreDep, user: CurrentUser
) -> ZipResponse:
    """Ranking, groups, report, decoders, evidence, figures, tables, methods text, and the command that repeats it.

    It holds the tables of the studies, so viewers cannot fetch it.
    """
    from backend.jobs.data.result_folder import result_files, stored_result, zipped  # loads what no other route needs

    with database.read() as session:
        result = stored_result(session, files, get_analysis(session, analysis_id))
    content = zipped(result_files(result))  # takes seconds, and a reader holds up every writer
    with database.write() as session:
        audit.record(session, user.name, "analysis.export", analysis_id, format="bundle")
    headers = {"Content-Disposition": f'attachment; filename="{analysis_id}.zip"', "Cache-Control": "private, no-cache"}
    return ZipResponse(content, headers=headers)
