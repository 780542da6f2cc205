"""The trust block's numbers."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema
from shared.schemas.causes import ClinicalColumn, ContentSummary, StageWeights, Use, UseSummary

Flag = Literal[
    "stronger",
    "weaker",
    "kept",
    "probable_stronger",
    "probable_weaker",
    "label_borne",
    "unchanged",
    "not_decodable",
    "underpowered",
    "too_few",
]
"""What the trust block says; a change needs q <= 0.10, an effect beyond 0.03 and R2 above the control floor."""


class GroupEffect(Schema):
    """The effect of a group (modality x class) over all runs, and of each run alone."""

    group: str
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    flag: Flag
    by_run: list[float]
    n_runs_agree: int


class RunsSummary(Schema):
    """Several fine-tuning runs of one recipe, or of controls, as groups see them."""

    n_runs: int
    tables: list[str] = Field(description="Names of the embeddings, one a run.")
    flags: dict[str, int] = Field(description="How many features carry which flag.")
    groups: list[GroupEffect]


class TrustSummary(Schema):
    """The trust block of an analysis as a whole."""

    version: Literal[1, 2] = Field(description="1 rests on a bootstrap and is less sure; analyse again for 2.")
    shared_change: float | None = Field(description="The relative change of decodability that all features share.")
    control_floor: float = Field(description="R2 that features of the wrong patients reach.")
    label: list[str] = Field(default=[], description="What `given label` means here; empty where no label was given.")
    covariates: list[str] = Field(default=[], description="What every decoding was given (the centre).")
    runs: RunsSummary | None = Field(default=None, description="Null for a single run.")
    controls: RunsSummary | None = Field(
        default=None, description="Runs on shuffled labels; null where there are none."
    )
    use: UseSummary | None = Field(default=None, description="Null where no label was given.")
    new_content: ContentSummary | None = None
    lost_content: ContentSummary | None = None
    clinical: list[ClinicalColumn] = Field(default=[], description="Clinical columns in place of features.")
    clinical_left_out: list[str] = Field(default=[], description="Columns that could not be read, each a sentence.")
    weights_by_stage: list[StageWeights] = Field(default=[], description="Empty where weights are not at hand.")
    flags: dict[str, int] = Field(description="How many features carry which flag.")
    representation: dict[str, float | None]
    stability_spearman: float | None = Field(description="Rank agreement of ΔI between halves of the patients.")
    stability_top20: float | None


class RepresentationRow(Schema):
    """One measure of how far the embedding as a whole moved; context only, it says nothing of any feature."""

    measure: str
    value: float | None


class Trusted(Schema):
    """The trust block's numbers of a feature or group; all null where an analysis was made without it.

    `effect` is the change beyond the change that all features share; `ci_low` and `ci_high` are its 95 % interval.
    """

    delta_r2: float | None = None
    selective_delta: float | None = None
    effect: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    effect_given_label: float | None = None
    given_label_low: float | None = None
    given_label_high: float | None = None
    label_borne: float | None = Field(default=None, description="The part of the effect that goes with the label.")
    label_borne_q: float | None = None
    n_runs: int | None = None
    n_runs_agree: int | None = Field(default=None, description="Runs whose own effect has this sign, beyond 0.03.")
    used: float | None = Field(default=None, description="What the task's head loses when this is erased.")
    used_low: float | None = None
    used_high: float | None = None
    use: Use | None = Field(default=None, description="Whether the task uses it; null where no label was given.")
    q: float | None = None
    flag: Flag | None = None
