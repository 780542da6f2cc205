"""What was extracted: counts by cohort, ROI and settings, and why cases failed."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, defer

from backend import models
from backend.queries.region_quality import region_quality
from backend.routers.cohorts import check_roi, get_cohort
from backend.web.authorization import VIEWER
from backend.web.pagination import Listing, add_list
from shared import schemas as s

router = APIRouter(tags=["radiomics"])


def radiomics(cohort_id: Annotated[str | None, Query(max_length=64)] = None) -> Listing[s.RadiomicsSet]:
    """Extracted radiomics by cohort, ROI and settings."""
    statement = _counts()
    if cohort_id is not None:
        statement = statement.where(models.Case.cohort_id == cohort_id)
    return Listing.computed(lambda session: _sets(session, session.execute(statement).all()))


def regions(
    cohort_id: str,
    roi: Annotated[str | None, Query(max_length=24)] = None,
    remarked: Annotated[bool, Query(description="Only regions with something to distrust.")] = False,
) -> Listing[s.RegionRow]:
    """Quality of the regions that were measured, a line a study, region and modality."""
    row, case = models.Radiomics, models.Case
    statement = select(row, case.study_id).join(case).where(case.cohort_id == cohort_id)
    statement = statement.order_by(case.study_id, row.roi, row.settings_hash).options(defer(row.values))
    if roi is not None:
        statement = statement.where(row.roi == roi)

    def measured(session: Session) -> list[tuple[models.Radiomics, str, str]]:
        found_cohort = get_cohort(session, cohort_id)
        if roi is not None:
            check_roi(session, found_cohort, roi)
        found = [(own, study, modality) for own, study in session.execute(statement) for modality in own.quality]
        return [each for each in found if _line(*each).remarks] if remarked else found

    return Listing.converted(measured, lambda each: _line(*each))


def _line(row: models.Radiomics, study_id: str, modality: str) -> s.RegionRow:
    quality = region_quality({modality: row.quality[modality]})[modality]
    return s.RegionRow.model_validate(
        {"case_id": row.case_id, "study_id": study_id, "roi": row.roi, "status": row.status, "reason": row.reason}
        | quality.model_dump(exclude={"grey_levels"})
        | {
            "modality": modality,
            "grey_levels_original": quality.grey_levels.get("original"),
            "grey_levels_lowest": min(quality.grey_levels.values(), default=None),
        }
    )


def _counts() -> Select[str, str, str, str, str, str | None, int]:
    """One row a status and reason: cohort, ROI, settings, status, reason, feature list, how many."""
    row, case = models.Radiomics, models.Case
    key = (case.cohort_id, row.roi, row.settings_hash, row.status, row.reason, row.feature_list_id)
    return select(*key, func.count()).join(case, case.id == row.case_id).group_by(*key).order_by(*key[:3])


def _sets(session: Session, counts: Sequence[Row[str, str, str, str, str, str | None, int]]) -> list[s.RadiomicsSet]:
    found: dict[tuple[str, str, str], s.RadiomicsSet] = {}
    sizes = {row.id: len(row.names) for row in session.scalars(select(models.FeatureList))} if counts else {}
    for cohort_id, roi, settings_hash, status, reason, feature_list_id, n in counts:
        one = found.setdefault(
            (cohort_id, roi, settings_hash),
            s.RadiomicsSet.model_validate(
                {"cohort_id": cohort_id, "roi": roi, "settings_hash": settings_hash}
                | {"n_ok": 0, "n_failed": 0, "n_features": 0, "reasons": {}}
            ),
        )
        one.n_features = max(one.n_features, sizes.get(feature_list_id or "", 0))
        if status == "ok":
            one.n_ok += n
        else:
            one.n_failed += n
            one.reasons[reason] = one.reasons.get(reason, 0) + n
    return list(found.values())


add_list(router, "/radiomics", s.RadiomicsSet, radiomics, VIEWER)
add_list(router, "/cohorts/{cohort_id}/regions", s.RegionRow, regions, VIEWER)
