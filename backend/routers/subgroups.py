"""A subgroup of a cohort: the cases that conditions choose."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.queries.subgroups import subgroup
from backend.routers.cohorts import get_cohort
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.settled_route import SettledRoute
from shared import schemas as s
from shared.conditions import MOST_CHARACTERS

router = APIRouter(tags=["cohorts"], route_class=SettledRoute)
WhereAsked = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=MOST_CHARACTERS,
        description="Conditions that must all hold, such as `psa>10,center=A|B`; all accepted cases if left out.",
    ),
]


@router.get("/cohorts/{cohort_id}/subgroup", dependencies=[VIEWER])
def cohort_subgroup(session: ReadSessionDep, cohort_id: str, where: WhereAsked = None) -> s.Subgroup:
    """The cases of a cohort that hold conditions, how many patients they are of, and what conditions can ask."""
    return subgroup(session, get_cohort(session, cohort_id), where)
