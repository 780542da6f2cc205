"""The whole ranking of an analysis in one packed answer, for a browser or a script that holds it."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Header, Response

from backend.queries import analysis_detail
from backend.queries.packed_ranking import packed_ranking
from backend.web.authorization import VIEWER
from backend.web.conditional_requests import has_copy, takes_gzip
from backend.web.dependencies import KeptAnswersDep, ReadSessionDep
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["analyses"], route_class=SettledRoute)


@router.get("/analyses/{analysis_id}/ranking.packed", dependencies=[VIEWER], response_model=s.PackedRanking)
def ranking_packed(
    analysis_id: str,
    session: ReadSessionDep,
    kept: KeptAnswersDep,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
    accept_encoding: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """The whole ranking as columns: about 150 KB packed for 2 511 features. It never changes; the ETag says so.

    A browser asks each time, for roles change; one that has a copy gets 304.
    """
    analysis = analysis_detail.get_analysis(session, analysis_id)
    found = kept.get(f"ranking {analysis.id}", lambda: packed_ranking(session, analysis).model_dump_json())
    headers = {"ETag": f'W/"{found.etag}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if has_copy(if_none_match, found.etag):
        return Response(status_code=304, headers=headers)
    if takes_gzip(accept_encoding):
        return Response(found.packed, media_type="application/json", headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(found.packed), media_type="application/json", headers=headers)
