"""The comparison job: analyses of one cohort, with the same patients left out of all at once."""

from time import monotonic
from typing import Any

from sqlalchemy import select

from backend.jobs.context import JobContext
from backend.jobs.data.load_analyses import analyses_to_compare, label_of, read_stored_analysis
from backend.models import Analysis, ComparedFeature, Comparison
from backend.queries.stored_report import report_of
from backend.storage.cache_keys import LENS_CODE, request_key
from shared.schemas import CompareParams


def run(context: JobContext, params: CompareParams) -> dict[str, Any]:
    """Compare every pair of the analyses and store the result in one transaction."""
    start = monotonic()
    key = request_key("comparison", code=LENS_CODE, analyses=params.analysis_ids)
    with context.database.read() as session:
        rows = analyses_to_compare(session, params.analysis_ids)
        known = session.scalar(select(Comparison.id).where(Comparison.cache_key == key))
    if known is not None:
        context.log("The same comparison was made before; that one is the answer.")
        return {"comparison_id": known, "cached": True}

    from backend.science.trust.comparison.align import align_analyses
    from backend.science.trust.comparison.pairwise import compare_pairwise

    analysed = [read_stored_analysis(context.database, row.id) for row in rows]
    aligned = align_analyses(analysed, context.progress)
    for note in aligned.notes:
        context.log(note)
    found = compare_pairwise(aligned)
    summary = {
        "members": [_member(row) for row in rows],
        "n_studies": len(aligned.study_id),
        "n_patients": aligned.n_patients,
        "n_features": len(aligned.features),
        "sentences": found.sentences,
        "notes": list(aligned.notes),
        "recomputed": aligned.recomputed,
        "seed": aligned.seed,
        "pairs": found.pairs,
    }
    with context.database.write() as session:
        row = Comparison(cohort_id=rows[0].cohort_id, analysis_ids=params.analysis_ids, summary=summary, cache_key=key)
        session.add(row)
        session.flush()
        session.add_all(ComparedFeature(comparison_id=row.id, **line) for line in found.features)
    return {"comparison_id": row.id, "cached": False, "units": len(rows), "seconds": monotonic() - start}


def _member(row: Analysis) -> dict[str, Any]:
    report = report_of(row)
    return {
        "analysis_id": row.id,
        "task": row.task,
        "roi": row.roi,
        "label": label_of(row),
        "n_studies": report.n_studies,
        "n_patients": report.n_patients,
        "shared_change": report.shared_change,
    }
