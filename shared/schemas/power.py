"""What a study of a given size could have seen."""

from datetime import datetime

from pydantic import Field

from shared.schemas.base import Schema


class PowerRow(Schema):
    """How one estimator did in one scenario, means over simulated cohorts; null where it is not defined."""

    scenario: str
    estimator: str
    seeds: int
    auc: float | None
    precision_at_k: float | None
    group_auc: float | None
    false_positives: float | None
    power: float | None = Field(description="Share of planted features flagged in the right direction.")
    group_power: float | None = Field(description="The same of modality x class groups.")
    group_false_positives: float | None = Field(default=None, description="Share of untouched groups flagged.")
    false_share: float | None


class Power(Schema):
    """A self-check: known changes planted in simulated cohorts of this size, and who found them."""

    analysis_id: str | None
    job_id: str
    patients: int
    studies: int
    width: int
    features: int
    modalities: int = Field(default=3, description="That the features are of.")
    seeds: int
    label: bool = Field(default=False, description="The label is known, and some untouched features go with it.")
    r2_median: float = Field(description="Median held-out R2 above chance before fine-tuning.")
    rows: list[PowerRow]
    sentence: str
    created_at: datetime
