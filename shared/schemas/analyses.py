"""Analyses: runs of the lens, their answers in words and alerts."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from shared.schemas.base import Roi, Schema, Task
from shared.schemas.encoders import Encoder
from shared.schemas.subgroups import AnalysedSubgroup
from shared.schemas.trusted import TrustSummary


class Alert(Schema):
    """A sentence the reader must not miss, and why it matters."""

    code: str
    level: Literal["info", "warning"]
    rank: Literal["stop", "warning", "info"] = Field(
        default="warning",  # of links that were frozen before
        description="It stops a reading until something is mended, makes it doubtful, or only notes how it was made.",
    )
    sentence: str
    why: str


class Analysis(Schema):
    """One run of the lens."""

    id: str
    cohort_id: str
    cohort_name: str
    task: Task
    roi: Roi
    modalities: list[str]
    n_studies: int
    n_patients: int
    n_features: int
    hidden: int
    seed: int
    n_alerts: int
    n_readable: int | None = Field(
        default=None,
        description="Features whose change can be read: decodable, not underpowered; null without the trust block.",
    )
    n_changed: int | None = Field(
        default=None,
        description="Features flagged as gained, lost or carried because of the label; null without the trust block.",
    )
    has_images: bool = Field(default=False, description="Whether its cohort has images to look at.")
    pre_encoder: Encoder
    ft_encoder: Encoder
    created_at: datetime
    subgroup: AnalysedSubgroup | None = Field(default=None, description="Null where all of the cohort was analysed.")


class TableOneCell(Schema):
    """One cell pair of the paper's Table 1."""

    row: str
    n_features: int
    r2_pre: float | None
    r2_ft: float | None
    mse_pre: float | None
    mse_ft: float | None
    r2_in_sample_pre: float | None
    r2_in_sample_ft: float | None


class AnalysisDetail(Analysis):
    """An analysis with its answer in words, Table 1, Fig. 2, alerts and provenance."""

    sentences: list[str]
    alerts: list[Alert]
    table_one: list[TableOneCell]
    caption: str
    trust: TrustSummary | None = Field(default=None, description="Null where the analysis was made without it.")
    fig2_class: str | None = Field(description="The feature class with the highest held-out R2 after fine-tuning.")
    extraction: str | None = Field(
        default=None, description="Hash of the settings its radiomics were measured with; null in older analyses."
    )
    settings: dict[str, Any]
    report: dict[str, Any]
