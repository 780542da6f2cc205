"""Radiomics of a case and of a cohort."""

from typing import Any

from pydantic import Field

from shared.schemas.base import Roi, Schema


class FeaturePercentile(Schema):
    """One radiomic value of a case among the cohort."""

    feature: str
    label: str
    value: float | None
    percentile: float | None = Field(description="0..100 among cases with a value; ties count half.")
    cohort_quantiles: list[float] = Field(description="5, 25, 50, 75, 95 % of the cohort.")


class CaseRadiomics(Schema):
    """A case's radiomics in one ROI."""

    case_id: str
    roi: Roi
    status: str
    reason: str
    n_cases: int
    quality: dict[str, Any]
    features: list[FeaturePercentile]


class RadiomicsSet(Schema):
    """Features of one cohort, ROI and settings: how many are there and what went wrong."""

    cohort_id: str
    roi: Roi
    settings_hash: str
    n_ok: int
    n_failed: int
    n_features: int
    reasons: dict[str, int]
