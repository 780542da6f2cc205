"""Cases: list, detail, and their radiomics among the cohort."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from backend import models
from backend.errors import NotFound
from backend.queries.case_fields import case_schema
from backend.queries.case_index import CaseIndex
from backend.queries.case_search import searched
from backend.queries.clinical_columns import clinical_columns, matching
from backend.queries.cohort_regions import known_regions
from backend.queries.compared_values import compared_with
from backend.queries.extractions import extraction_of
from backend.queries.percentiles import percentiles, quantiles
from backend.queries.region_quality import region_quality
from backend.routers.cohorts import check_roi, get_cohort
from backend.routers.packed_cases import CaseIndexDep
from backend.science.tables import glossary
from backend.storage.cohort_protocol import protocol_of
from backend.storage.readable_rows import Readable, row_ids
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.pagination import WHOLE, CsvResponse, Listing, OptionalPage, PageRequest, add_list, csv_response
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["cases"], route_class=SettledRoute)
RoiAsked = Annotated[
    str | None, Query(max_length=24, description="A region of the cohort's protocol; its first one if left out.")
]
Text = Annotated[str | None, Query(max_length=100)]
Search = Annotated[
    str | None,
    Query(max_length=100, description="Words that must all stand in the ids, centre, scanner, split or refusal."),
]
ClinicalFilters = Annotated[
    Sequence[Annotated[str, Field(max_length=200)]],
    Query(max_length=20, description="`column:value`, or `column:low..high` of numbers; all of them must hold."),
]


def cases(
    session: ReadSessionDep,
    index: CaseIndexDep,
    cohort_id: str,
    status: Literal["accepted", "rejected", "excluded"] | None = None,
    text: Text = None,
    search: Search = None,
    pirads: Annotated[int | None, Query(ge=0, le=5)] = None,
    clinical: ClinicalFilters = (),
) -> Listing[s.Case]:
    """The cases of a cohort by study id; `text` is one phrase of study, patient or centre."""
    cohort = get_cohort(session, cohort_id)
    statement, protocol = of_cohort(cohort.id), protocol_of(cohort)
    statement = statement.where(*matching(session, cohort.id, clinical))
    row = models.Case
    if status is not None:
        statement = statement.where(row.status == status)
    if pirads is not None:
        statement = statement.where(row.pirads == pirads)
    if text is not None:
        fields = (row.study_id, row.patient_id, func.coalesce(row.center, ""))
        statement = statement.where(or_(*(field.icontains(text, autoescape=True) for field in fields)))
    if search is not None:
        statement = statement.where(*searched(search))
    kinds = selectinload(models.Case.volumes).load_only(models.Volume.kind)
    listed = Listing.of_each(statement, lambda _session, rows: [case_schema(row, protocol) for row in rows], kinds)

    def read(session: Session, part: PageRequest) -> Readable[s.Case]:
        return listed.read(session, part) if part is not WHOLE else _whole(session, index, cohort, statement)

    return Listing(listed.count, read)


def _whole(
    session: Session, index: CaseIndex, cohort: models.Cohort, statement: Select[models.Case]
) -> Readable[s.Case]:
    """Every case that was asked for, from the index: objects of all rows would take seconds for 20 000."""
    found = index.read(session, cohort)
    wanted = row_ids(session, statement, models.Case)
    of = {case.fields["id"]: case for case in found.cases}
    made = [
        s.Case.model_validate({**of[one].fields, "has_images": one in found.with_images}) for one in wanted if one in of
    ]
    asked = set(wanted)
    return Readable(made, [one for one in found.unreadable if one.id in asked])


def of_cohort(cohort_id: str) -> Select[models.Case]:
    """The cases of a cohort by study id."""
    return select(models.Case).where(models.Case.cohort_id == cohort_id).order_by(models.Case.study_id)


add_list(router, "/cohorts/{cohort_id}/cases", s.Case, cases, VIEWER)


@router.get("/cohorts/{cohort_id}/clinical", dependencies=[VIEWER])
def cohort_columns(session: ReadSessionDep, cohort_id: str) -> list[s.CohortColumn]:
    """The clinical columns of a cohort's cases, by which the list of cases can be filtered."""
    return clinical_columns(session, get_cohort(session, cohort_id).id)


def neighbours(session: Session, case: models.Case) -> tuple[str | None, str | None]:
    """The ids of the cases before and after one in its cohort's list, rejected ones left out."""
    row = models.Case
    others = select(row.id).where(row.cohort_id == case.cohort_id, row.status != "rejected").limit(1)
    before = others.where(row.study_id < case.study_id).order_by(row.study_id.desc())
    after = others.where(row.study_id > case.study_id).order_by(row.study_id)
    return session.scalar(before), session.scalar(after)


def get_case(session: Session, case_id: str) -> models.Case:
    """The row of a case; raises `NotFound`."""
    row = session.get(models.Case, case_id)
    if row is None:
        raise NotFound("There is no such case; the Cases page lists them all.")
    return row


@router.get("/cases/{case_id}/radiomics.csv", dependencies=[VIEWER, EXPORT], response_class=CsvResponse)
def case_radiomics_csv(session: ReadSessionDep, case_id: str, roi: RoiAsked = None, text: Text = None) -> CsvResponse:
    """A case's features as percentiles of its cohort."""
    return csv_response(s.FeaturePercentile, _case_radiomics(session, case_id, roi, text).features)


@router.get("/cases/{case_id}/radiomics", dependencies=[VIEWER])
def case_radiomics(
    session: ReadSessionDep, case_id: str, part: OptionalPage, roi: RoiAsked = None, text: Text = None
) -> s.CaseRadiomics:
    """A case's features as percentiles of its cohort; `text` looks in names and in words."""
    found = _case_radiomics(session, case_id, roi, text)
    features, total = part.of(found.features), len(found.features)
    where = {"total": total, "next_cursor": part.next_cursor(len(features), total)}
    return found.model_copy(update={"features": features} | where)


def _case_radiomics(session: Session, case_id: str, asked: str | None, text: str | None) -> s.CaseRadiomics:
    case = get_case(session, case_id)
    cohort_row = get_cohort(session, case.cohort_id)
    roi = asked or next(iter(known_regions(session, cohort_row)), "")
    check_roi(session, cohort_row, roi)
    own = _own_radiomics(session, case, roi)
    if own is None:
        return _no_radiomics(case_id, roi, "not-extracted", "No radiomics of this region were extracted yet; see Run.")
    if own.values is None or own.feature_list_id is None:
        nothing = _no_radiomics(case_id, roi, own.status, own.reason)
        return nothing.model_copy(update={"quality": region_quality(own.quality)})
    compared = compared_with(session, own)
    cohort = compared.values if len(compared.values) else own.values[None]
    names = session.get_one(models.FeatureList, own.feature_list_id).names
    return s.CaseRadiomics(
        case_id=case_id,
        roi=roi,
        status=own.status,
        reason=own.reason,
        n_cases=len(cohort),
        n_measured=max(compared.n_measured, len(cohort)),
        quality=region_quality(own.quality),
        features=_features(names, own.values, cohort, (text or "").casefold().split()),
    )


def _own_radiomics(session: Session, case: models.Case, roi: str) -> models.Radiomics | None:
    """The case's features of that region in the extraction the lens reads; without, what says why there are none."""
    row, read = models.Radiomics, extraction_of(session, case.cohort_id, roi)
    is_read = row.settings_hash == ("" if read is None else read.settings_hash)
    statement = select(row).where(row.case_id == case.id, row.roi == roi, or_(is_read, row.values.is_(None)))
    return session.scalars(statement.order_by(is_read.desc(), row.settings_hash)).first()


def _no_radiomics(case_id: str, roi: str, status: str, reason: str) -> s.CaseRadiomics:
    return s.CaseRadiomics(case_id=case_id, roi=roi, status=status, reason=reason, n_cases=0, quality={}, features=[])


def _features(names: list[str], values: np.ndarray, cohort: np.ndarray, words: list[str]) -> list[s.FeaturePercentile]:
    """The features that a case of the cohort has; those of a modality that none has are no features of it."""
    standing, spread, known = percentiles(values, cohort), quantiles(cohort), np.isfinite(cohort).any(axis=0)
    labels = [glossary.column_label(name) for name in names]
    return [
        s.FeaturePercentile(
            feature=names[k],
            label=labels[k],
            value=_known(values[k]),
            percentile=_known(standing[k]),
            cohort_quantiles=spread[:, k].tolist(),
        )
        for k in range(len(names))
        if known[k] and all(word in f"{names[k]} {labels[k]}".casefold() for word in words)
    ]


def _known(value: np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None
