"""What stands behind the changes: what the task uses, what is new or lost, what else is read, where weights moved."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema

Use = Literal["used", "not_used", "not_decodable", "unclear"]
"""What erasing a feature or group from the embedding says of the task's head."""


class GroupUse(Schema):
    """What the head loses without a group (modality x class), as a share of its skill."""

    group: str
    used: float | None
    low: float | None
    high: float | None
    control: float | None = Field(description="What an average control loses.")
    use: Use


class UseSummary(Schema):
    """What the task's head uses."""

    label: str
    head_given: bool = Field(description="False where a linear head was cross-validated on the label.")
    head_r2: float | None
    head_low: float | None
    head_high: float | None
    counts: dict[str, int] = Field(description="Features by what erasing them says.")
    groups: list[GroupUse]


class VarianceShare(Schema):
    """A share of variance with its 95 % interval over patients."""

    value: float | None
    low: float | None
    high: float | None


class NamedPart(Schema):
    """A group (R2 of the axis from it) or a feature (its correlation with the axis)."""

    name: str
    value: float | None


class ColumnPart(Schema):
    """How an axis goes with a clinical column."""

    name: str
    correlation: float | None
    r2: float | None


class ContentAxis(Schema):
    """One axis of new or lost content, its names, and the studies at its ends."""

    share: float | None
    radiomics: VarianceShare
    groups: list[NamedPart]
    features: list[NamedPart]
    columns: list[ColumnPart]
    low_end: list[str]
    high_end: list[str]


class ContentSummary(Schema):
    """What is new in the fine-tuned embedding, or lost from the pre-trained one, and what explains it."""

    headline: str
    unpredicted: float | None = Field(description="Share of the embedding's variance the other one does not predict.")
    own_unpredicted: float | None = Field(description="The same of the other embedding from itself.")
    axes_share: float | None = Field(description="Share of what is not predicted that lies along the axes.")
    radiomics: VarianceShare
    label: VarianceShare | None
    rest: float | None
    axes: list[ContentAxis]


class ClinicalColumn(Schema):
    """How well a clinical column is read from the embedding before and after fine-tuning."""

    name: str
    levels: list[str]
    n_studies: int
    n_patients: int
    missing: int
    r2_pre: float | None
    r2_ft: float | None
    change: float | None
    low: float | None
    high: float | None
    reading: Literal["better", "worse", "same", "not_read"]
    sentence: str


class StageWeights(Schema):
    """How much the weights of one stage of the encoder changed."""

    stage: str
    n_weights: int
    relative_change: float | None
    effective_rank: float | None
    rank_share: float | None
