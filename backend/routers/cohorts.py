"""Cohorts and how far their work has come."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import ColumnElement, case, distinct, func, select
from sqlalchemy.orm import Session

from backend import models
from backend.errors import BadSettings, NotFound
from backend.queries.analysis_detail import encoder_schema
from backend.queries.cohort_regions import known_regions
from backend.storage.cohort_protocol import protocol_of
from backend.storage.readable_rows import read_each
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["cohorts"], route_class=SettledRoute)


def cohorts() -> Listing[s.Cohort]:
    """Every cohort, newest first."""
    return Listing.of_each(select(models.Cohort).order_by(models.Cohort.created_at.desc(), models.Cohort.id), _schemas)


add_list(router, "/cohorts", s.Cohort, cohorts, VIEWER)


@router.get("/cohorts/{cohort_id}", dependencies=[VIEWER])
def cohort(cohort_id: str, session: ReadSessionDep) -> s.Cohort:
    """One cohort."""
    return _schemas(session, [get_cohort(session, cohort_id)])[0]


def get_cohort(session: Session, cohort_id: str) -> models.Cohort:
    """The row of a cohort; raises `NotFound`."""
    row = session.get(models.Cohort, cohort_id)
    if row is None:
        raise NotFound("There is no such cohort; the Data page lists them all.")
    return row


def check_roi(session: Session, row: models.Cohort, roi: str) -> None:
    """Raises BadSettings where neither the cohort's protocol nor its tables have such a region; says what there is."""
    rois = known_regions(session, row)
    if roi not in rois:
        raise BadSettings(f"This cohort has no region {roi!r}; there is {', '.join(rois) or 'none'}.")


def _schemas(session: Session, rows: Sequence[models.Cohort]) -> list[s.Cohort]:
    ids = [row.id for row in rows]
    counts = _case_counts(session, ids)
    extracted = _extracted(session, ids)
    newest = models.Encoder.created_at.desc()
    of_cohorts = select(models.Encoder).where(models.Encoder.cohort_id.in_(ids), models.Encoder.run_id.is_(None))
    encoders = read_each(session, of_cohorts.order_by(newest), lambda _session, found: found).items
    return [
        _schema(row, counts.get(row.id, {}), extracted.get(row.id, {}), [e for e in encoders if e.cohort_id == row.id])
        for row in rows
    ]


def _schema(
    row: models.Cohort, counts: dict[str, int], extracted: dict[str, int], encoders: Sequence[models.Encoder]
) -> s.Cohort:
    return s.Cohort.model_validate(
        {
            "id": row.id,
            "project_id": row.project_id,
            "name": row.name,
            "kind": row.kind,
            "note": row.note,
            "n_cases": counts.get("n_cases", 0),
            "n_patients": counts.get("n_patients", 0),
            "n_rejected": counts.get("n_rejected", 0),
            "n_warned": counts.get("n_warned", 0),
            "extracted": extracted,
            "encoders": [encoder_schema(encoder) for encoder in encoders],
            "tasks": sorted({encoder.task for encoder in encoders if encoder.stage == "ft" and encoder.task}),
            "created_at": row.created_at,
            "protocol": protocol_of(row),
        }
    )


def _case_counts(session: Session, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    row = models.Case
    accepted = row.status == "accepted"
    statement = (
        select(
            row.cohort_id,
            _count(accepted).label("n_cases"),
            func.count(distinct(case((accepted, row.patient_id)))).label("n_patients"),
            _count(row.status == "rejected").label("n_rejected"),
            _count(accepted & (func.json_array_length(row.warnings) > 0)).label("n_warned"),
        )
        .where(row.cohort_id.in_(ids))
        .group_by(row.cohort_id)
    )
    return {found.cohort_id: dict(found._mapping) for found in session.execute(statement)}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _extracted(session: Session, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Studies with usable features, by cohort and ROI."""
    row = models.Radiomics
    statement = (
        select(models.Case.cohort_id, row.roi, func.count(distinct(row.case_id)))
        .join(models.Case, models.Case.id == row.case_id)
        .where(models.Case.cohort_id.in_(ids), row.status == "ok")
        .group_by(models.Case.cohort_id, row.roi)
    )
    found: dict[str, dict[str, int]] = {}
    for cohort_id, roi, n in session.execute(statement):
        found.setdefault(cohort_id, {})[roi] = n
    return found
