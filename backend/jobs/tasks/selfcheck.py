"""The self-check job: power of the study, by changes planted in simulated cohorts of its size."""

from time import monotonic
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.jobs.context import JobContext
from backend.jobs.resume.selfcheck_store import FileOutcomes
from backend.models import Analysis, AnalysisFeature
from backend.queries.stored_report import report_of
from backend.storage.cache_keys import LENS_CODE, request_key
from shared.schemas import SelfCheckParams


def run(context: JobContext, params: SelfCheckParams) -> dict[str, Any]:
    """Run the self-check and return the job's result, a `Power` without the job."""
    from backend.science.analysis.json_ready import json_ready
    from backend.science.power.power import StudySize, study_power

    start = monotonic()
    hidden = 128
    if params.analysis_id is None:
        size = StudySize(params.patients, params.width, params.features, params.repeated, params.signal, params.label)
    else:
        with context.database.read() as session:
            row, r2_pre = _analysis(session, params.analysis_id)
        report = report_of(row)
        known = report.trust is not None and report.trust.label is not None
        size = StudySize.like(
            report.n_studies,
            report.n_patients,
            report.n_features,
            report.width,
            r2_pre,
            known,
            len(report.modalities),
        )
        hidden = report.hidden
    key = request_key("selfcheck", code=LENS_CODE, size=size.key_parts, hidden=hidden, params=params.model_dump())
    kept = FileOutcomes(context, key)
    found = study_power(size, params.seeds, hidden=hidden, progress=context.progress, store=kept)
    kept.drop()
    return {
        "power": {
            "analysis_id": params.analysis_id,
            "patients": size.patients,
            "studies": size.patients + round(size.repeated * size.patients),
            "width": size.width,
            "features": size.all_features,
            "modalities": size.modalities,
            "seeds": params.seeds,
            "label": size.label,
            "r2_median": found.r2_median,
            "rows": json_ready(found.means.to_dict("records")),
            "sentence": found.sentence,
        },
        "units": params.seeds * size.patients,
        "seconds": monotonic() - start,
    }


def _analysis(session: Session, analysis_id: str) -> tuple[Analysis, list[float]]:
    row = session.get(Analysis, analysis_id)
    if row is None:
        raise NotFound("There is no such analysis; the Overview page lists them all.")
    column = AnalysisFeature.r2_pre
    values = session.scalars(select(column).where(AnalysisFeature.analysis_id == analysis_id, column.is_not(None)))
    return row, [value for value in values if value is not None]
