"""The quality of a cohort's images, and what people decided about them."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.errors import Conflict
from backend.queries import quality_report
from backend.queries.case_fields import case_schema
from backend.queries.not_used import for_role
from backend.routers.cases import Search, get_case
from backend.routers.cohorts import get_cohort
from backend.routers.packed_cases import CaseIndexDep
from backend.storage.cohort_protocol import protocol_of_case
from backend.storage.readable_rows import Readable
from backend.web.authorization import RESEARCHER, VIEWER, CurrentUser
from backend.web.dependencies import ReadSessionDep, WriteSessionDep
from backend.web.pagination import Listing, PageRequest, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["quality"], route_class=SettledRoute)
Code = Annotated[str | None, Query(max_length=60, description="Only studies with this finding or rejection.")]


@router.get("/cohorts/{cohort_id}/quality", dependencies=[VIEWER])
def quality(cohort_id: str, session: ReadSessionDep, index: CaseIndexDep, user: CurrentUser) -> s.QualityReport:
    """What was accepted, rejected and why, warned about, decided, and how the cohort is split."""
    cohort = get_cohort(session, cohort_id)
    report = quality_report.report(cohort, index.read(session, cohort))
    shown = quality_report.shown_columns(report.dropped_columns, user.role)
    return report.model_copy(update={"dropped_columns": shown, "not_used": for_role(report.not_used, user.role)})


def quality_cases(
    session: ReadSessionDep,
    index: CaseIndexDep,
    cohort_id: str,
    status: Literal["accepted", "rejected", "excluded"] | None = None,
    code: Code = None,
    review: s.Review | None = None,
    search: Search = None,
) -> Listing[s.QualityRow]:
    """The studies of a cohort as the quality report lists them, those that need a look first."""
    found = index.read(session, get_cohort(session, cohort_id))
    rows = quality_report.listed(found, quality_report.Asked(status, code, review, search or ""))

    def read(_session: Session, part: PageRequest) -> Readable[s.QualityRow]:
        return Readable([quality_report.row_schema(row, found) for row in part.of(rows)], list(found.unreadable))

    return Listing(lambda _session: len(rows) + len(found.unreadable), read)


def decisions(session: ReadSessionDep, cohort_id: str) -> Listing[s.Decision]:
    """Who approved, excluded or reopened which study, newest first."""
    row = models.CaseDecision
    statement = (
        select(row)
        .join(models.Case)
        .where(models.Case.cohort_id == get_cohort(session, cohort_id).id)
        .order_by(row.at.desc(), row.id)
    )
    return Listing.of(statement, _decisions)


def _decisions(_session: Session, rows: Sequence[models.CaseDecision]) -> list[s.Decision]:
    fields = set(s.Decision.model_fields) - {"study_id"}
    return [
        s.Decision.model_validate({name: getattr(row, name) for name in fields} | {"study_id": row.case.study_id})
        for row in rows
    ]


add_list(router, "/cohorts/{cohort_id}/quality/cases", s.QualityRow, quality_cases, VIEWER)
add_list(router, "/cohorts/{cohort_id}/decisions", s.Decision, decisions, VIEWER)

NOW = {"approve": ("accepted", "approved"), "exclude": ("excluded", "excluded"), "reopen": ("accepted", "unseen")}


@router.post("/cases/{case_id}/decisions", dependencies=[RESEARCHER])
def decide(case_id: str, body: s.DecisionCreate, session: WriteSessionDep, user: CurrentUser) -> s.Case:
    """Approves a study, excludes it from every later job, or takes the decision back; who and when is kept."""
    row = get_case(session, case_id)
    if row.status == "rejected":
        raise Conflict("This study was rejected at import and has no images to decide on; import it again.")
    made = models.CaseDecision(case_id=row.id, decision=body.decision, note=body.note, by=user.name, at=models.now())
    session.add(made)
    row.status, row.review = NOW[body.decision]
    row.reviewed_by, row.reviewed_at = (None, None) if body.decision == "reopen" else (made.by, made.at)
    audit.record(session, user.name, f"case.{body.decision}", row.id)
    session.flush()
    return case_schema(row, protocol_of_case(session, row))
