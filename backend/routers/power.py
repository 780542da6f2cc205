"""What a study of an analysis' size could have seen."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access import audit
from backend.jobs import submission
from backend.models import Job
from backend.queries import analysis_detail
from backend.queries.stored_report import report_of
from backend.web.authorization import RESEARCHER, VIEWER, CurrentUser
from backend.web.dependencies import ReadSessionDep, SettingsDep, WriteSessionDep
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["analyses"], route_class=SettledRoute)
AnalysisId = Annotated[str, Path(max_length=100)]
FEWEST_PATIENTS = 40
"""Below, nothing is flagged, and there is no power to measure."""


@router.get("/analyses/{analysis_id}/power", dependencies=[VIEWER])
def power(analysis_id: AnalysisId, session: ReadSessionDep) -> s.Power | None:
    """The newest self-check of an analysis, or null: known changes in cohorts of its size, and who found them."""
    return _measured(session, analysis_detail.get_analysis(session, analysis_id).id)


@router.post("/analyses/{analysis_id}/power", dependencies=[RESEARCHER], status_code=202)
def ask_for_power(
    analysis_id: AnalysisId, session: WriteSessionDep, settings: SettingsDep, user: CurrentUser
) -> s.Power | None:
    """Asks for what is missing of an older analysis: its self-check is queued once, as newer ones queue it themselves.

    The answer is what `GET` says now. Fewer than 40 patients and no trust block leave nothing to measure.
    """
    row = analysis_detail.get_analysis(session, analysis_id)
    report = report_of(row)
    if report.trust is not None and report.n_patients >= FEWEST_PATIENTS and not _asked(session, row.id):
        params = s.SelfCheckParams(analysis_id=row.id)
        asked = s.JobSubmit(params=params)
        job = submission.submit(session, settings, asked, key=f"power of {row.id}", user=user.name)
        audit.record(session, user.name, "job.submit", job.id, kind=job.kind)
    return _measured(session, row.id)


def _measured(session: Session, analysis_id: str) -> s.Power | None:
    done = select(Job).where(Job.kind == "selfcheck", Job.state == "done").order_by(Job.finished_at.desc())
    for job in session.scalars(done):
        if job.params.get("analysis_id") == analysis_id:
            return s.Power.model_validate(job.result["power"] | {"job_id": job.id, "created_at": job.finished_at})
    return None


def _asked(session: Session, analysis_id: str) -> bool:
    """Whether a self-check of the analysis was ever queued; one that failed is not tried again by looking."""
    asked = session.scalars(select(Job.params).where(Job.kind == "selfcheck"))
    return any(params.get("analysis_id") == analysis_id for params in asked)
