"""Figures of an analysis for a paper or a slide."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from backend.errors import Cancelled
from backend.queries.analysis_detail import get_analysis
from backend.routers.maps import NOBODY_LISTENS
from backend.web.authorization import VIEWER
from backend.web.conditional_requests import has_copy
from backend.web.dependencies import BlobStoreDep, DatabaseDep, ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.settled_route import SettledRoute
from backend.web.while_wanted import while_wanted
from shared import schemas as s

router = APIRouter(tags=["analyses"], route_class=SettledRoute)
MEDIA = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
THREAD = ThreadPoolExecutor(1, thread_name_prefix="figure")
"""Figures are drawn one at a time: those that wait for it may not take the threads of everybody else's requests."""
AnalysisId = Annotated[str, Path(max_length=100)]


class FigureResponse(Response):
    """A figure as PNG, SVG or PDF."""

    media_type = "application/octet-stream"


@router.get("/analyses/{analysis_id}/figures", dependencies=[VIEWER])
def figures(analysis_id: AnalysisId, session: ReadSessionDep) -> list[s.FigureFile]:
    """The figures that an analysis has; each is drawn when it is asked for."""
    from backend.jobs.data.result_figures import figures_of  # loads pandas, which no other read needs

    return figures_of(get_analysis(session, analysis_id))


@router.get(
    "/analyses/{analysis_id}/figures/{name}.{form}", dependencies=[VIEWER, EXPORT], response_class=FigureResponse
)
async def figure(
    request: Request,
    analysis_id: AnalysisId,
    name: Annotated[str, Path(max_length=40, pattern="^[a-z0-9-]+$")],
    form: Literal["png", "svg", "pdf"],
    database: DatabaseDep,
    files: BlobStoreDep,
    preset: s.FigurePreset = "one-column",
    dpi: Annotated[int, Query(ge=100, le=600, description="Dots per inch, of a PNG.")] = 300,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> FigureResponse:
    """One figure in a width of journals (89 or 183 mm) or of a slide, with cohort, N and seed inside."""
    from backend.jobs.data.result_figures import FigureContent, figure_content, figure_file

    def content_of() -> FigureContent:
        with database.read() as session:  # drawing takes a second, and a reader holds up every writer
            return figure_content(session, get_analysis(session, analysis_id))

    found = await run_in_threadpool(content_of)
    asked = {"name": name, "preset": preset, "form": form}
    try:
        tag, content = await while_wanted(
            request, THREAD, lambda cancelled: figure_file(files, found, **asked, dpi=dpi, cancelled=cancelled)
        )
    except Cancelled:
        return FigureResponse(status_code=NOBODY_LISTENS)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if has_copy(if_none_match, tag):
        return FigureResponse(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}-{preset}-{analysis_id}.{form}"'
    return FigureResponse(content, media_type=MEDIA[form], headers=headers)
