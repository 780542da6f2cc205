"""Comparisons of analyses: list, answer, features of a pair."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from backend import models
from backend.errors import NotFound
from backend.science.tables import glossary
from backend.science.tables.feature_names import FeatureName
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["comparisons"], route_class=SettledRoute)
Filter = Annotated[str | None, Query(max_length=100)]
Sort = Literal[
    "difference", "q", "p", "se", "effect_first", "effect_second", "r2_pre_first", "r2_ft_first", "r2_pre_second",
    "r2_ft_second", "verdict", "feature", "k",
]  # fmt: skip
OF_SUMMARY = ("members", "n_studies", "n_patients", "n_features")


def comparisons(cohort_id: Filter = None, analysis_id: Filter = None) -> Listing[s.Comparison]:
    """Comparisons, newest first; `analysis_id` keeps those the analysis takes part in."""
    statement = select(models.Comparison).order_by(models.Comparison.created_at.desc(), models.Comparison.id)
    if cohort_id is not None:
        statement = statement.where(models.Comparison.cohort_id == cohort_id)
    if analysis_id is not None:
        named = cast(models.Comparison.analysis_ids, String).contains(json.dumps(analysis_id), autoescape=True)
        statement = statement.where(named)
    return Listing.of_each(statement, lambda _session, rows: [_comparison(row) for row in rows])


def compared_features(
    session: ReadSessionDep,
    comparison_id: str,
    first: Annotated[int, Query(ge=0, le=5)] = 0,
    second: Annotated[int, Query(ge=1, le=5)] = 1,
    verdict: s.Verdict | None = None,
    modality: Filter = None,
    feature_class: Filter = None,
    text: Filter = None,
    sort: Sort = "difference",
    order: Literal["asc", "desc"] = "desc",
) -> Listing[s.ComparedRow]:
    """The features of one pair of a comparison; `text` looks in names and in words."""
    row = models.ComparedFeature
    known = _get(session, comparison_id).id
    statement = select(row).where(row.comparison_id == known, row.first == first, row.second == second)
    for column, value in ((row.verdict, verdict), (row.modality, modality), (row.feature_class, feature_class)):
        if value is not None:
            statement = statement.where(column == value)
    by = getattr(row, sort)
    statement = statement.order_by((by.desc() if order == "desc" else by.asc()).nulls_last(), row.k)
    if text is None:
        return Listing.of(statement, lambda _session, rows: [_row(row) for row in rows])
    words = text.casefold().split()
    return Listing.computed(
        lambda session: [
            one
            for one in map(_row, session.scalars(statement))
            if all(word in f"{one.feature} {one.label}".casefold() for word in words)
        ]
    )


add_list(router, "/comparisons", s.Comparison, comparisons, VIEWER)
add_list(router, "/comparisons/{comparison_id}/features", s.ComparedRow, compared_features, VIEWER)


@router.get("/comparisons/{comparison_id}", dependencies=[VIEWER])
def comparison(comparison_id: str, session: ReadSessionDep) -> s.ComparisonDetail:
    """One comparison: what is shared and what is specific in words, every pair, its groups and correlations."""
    row = _get(session, comparison_id)
    return s.ComparisonDetail.model_validate(_about(row) | row.summary)


def _get(session: Session, comparison_id: str) -> models.Comparison:
    row = session.get(models.Comparison, comparison_id)
    if row is None:
        raise NotFound("There is no such comparison; the Compare page lists them all.")
    return row


def _comparison(row: models.Comparison) -> s.Comparison:
    return s.Comparison.model_validate(_about(row) | {name: row.summary[name] for name in OF_SUMMARY})


def _about(row: models.Comparison) -> dict[str, object]:
    return {
        "id": row.id,
        "cohort_id": row.cohort_id,
        "cohort_name": row.cohort.name,
        "created_at": row.created_at,
    }


def _row(row: models.ComparedFeature) -> s.ComparedRow:
    fields = {name: getattr(row, name) for name in s.ComparedRow.model_fields if name != "label"}
    name = FeatureName(row.modality, row.image_type, row.feature_class, row.feature_name)
    return s.ComparedRow.model_validate(fields | {"label": glossary.label(name)})
