"""What a study of an analysis' size could have seen."""

from fastapi import APIRouter
from sqlalchemy import select

from backend.models import Job
from backend.queries import analysis_detail
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from shared import schemas as s

router = APIRouter(tags=["analyses"])


@router.get("/analyses/{analysis_id}/power", dependencies=[VIEWER])
def power(analysis_id: str, session: ReadSessionDep) -> s.Power | None:
    """The newest self-check of an analysis, or null: known changes in cohorts of its size, and who found them."""
    known = analysis_detail.get_analysis(session, analysis_id).id
    done = select(Job).where(Job.kind == "selfcheck", Job.state == "done").order_by(Job.finished_at.desc())
    for job in session.scalars(done):
        if job.params.get("analysis_id") == known:
            return s.Power.model_validate(job.result["power"] | {"job_id": job.id, "created_at": job.finished_at})
    return None
