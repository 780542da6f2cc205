"""Every case of a cohort in one packed answer, for a page or a script that holds them."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from backend.queries.case_index import CaseIndex
from backend.queries.packed_cases import packed_cases
from backend.routers.cohorts import get_cohort
from backend.web.authorization import VIEWER
from backend.web.conditional_requests import has_copy, takes_gzip
from backend.web.dependencies import KeptAnswersDep, ReadSessionDep
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["cases"], route_class=SettledRoute)


def _case_index(request: Request) -> CaseIndex:
    index: CaseIndex = request.app.state.case_index
    return index


CaseIndexDep = Annotated[CaseIndex, Depends(_case_index)]
"""Dependency: the cases of some cohorts in short, kept in memory."""


@router.get("/cohorts/{cohort_id}/cases.packed", dependencies=[VIEWER], response_model=s.PackedCases)
def cases_packed(
    cohort_id: str,
    session: ReadSessionDep,
    index: CaseIndexDep,
    kept: KeptAnswersDep,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
    accept_encoding: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """All cases as columns: about 0.7 MB packed for 20 000. A caller that has a copy gets 304 while nothing changed."""
    cohort = get_cohort(session, cohort_id)
    version = index.version(session, cohort)
    headers = {"ETag": f'W/"{version}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if has_copy(if_none_match, version):
        return Response(status_code=304, headers=headers)
    found = kept.get(f"cases {version}", lambda: packed_cases(cohort.id, index.read(session, cohort)).model_dump_json())
    if takes_gzip(accept_encoding):
        return Response(found.packed, media_type="application/json", headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(found.packed), media_type="application/json", headers=headers)
