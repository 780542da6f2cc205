"""Parameters of jobs that read what is stored: analysis, comparison, trajectory, self-check."""

from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.base import Id, Roi, Schema, Task
from shared.schemas.subgroups import Where

Columns = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=8)]
"""Names of clinical columns."""


class AnalyseParams(Schema):
    """Run the lens on pre and ft embeddings and the radiomics of one ROI."""

    kind: Literal["analyze"] = "analyze"
    cohort_id: Id
    task: Task
    roi: Roi
    pre_encoder_id: Id | None = None
    ft_encoder_id: Id | None = None
    where: Where | None = Field(
        default=None,
        exclude_if=lambda value: value is None,  # requests for all of a cohort stay as they were
        description="A subgroup: conditions on its cases, such as `psa>10,center=A|B`; null = all accepted cases.",
    )
    extraction: str | None = Field(
        default=None, max_length=64, description="Hash of the radiomics settings to read; null = the newest extraction."
    )
    hidden: int = Field(
        default=128,
        ge=0,
        le=4096,
        description="Units of the projection; 0 = a quarter of the training patients, 8 to 128.",
    )
    epochs: int = Field(default=200, ge=1, le=5000)
    l1: float = Field(default=1e-6, ge=0, allow_inf_nan=False)
    l2: float = Field(default=1e-5, ge=0, allow_inf_nan=False)
    standardise_x: Literal["pre", "none"] = "pre"
    theta_on: Literal["train", "all"] = "train"
    bias: bool = False
    per_group_share: bool = False
    sweep: bool = False
    trust: bool = Field(default=True, description="With the trust block; false = the paper's numbers alone.")
    label: Columns | None = Field(
        default=None, description="Clinical columns of what the task learned; null = the task's own label, [] = none."
    )
    covariates: Columns | None = Field(
        default=None, description="Clinical columns every decoding is given; null = the centre, [] = none."
    )
    runs: bool = Field(default=False, description="All runs of the recipe and their controls, not this one alone.")
    folds: int = Field(default=5, ge=2, le=20, description="Folds of the cross-validated head and of new content.")
    repeats: int = Field(default=3, ge=1, le=50, description="Repeats of the folds of the head.")
    decoders: list[Literal["kernel"]] = Field(
        default=[], description="Other decoders whose R2 stands beside the ridge's; flags stay the ridge's."
    )
    icc: str | None = Field(default=None, max_length=1000, description="Repeatability table, under an import root.")
    seed: int = Field(default=0, ge=0)


class CompareParams(Schema):
    """Which changes do analyses of one cohort share, and which are one's own?"""

    kind: Literal["compare"] = "compare"
    analysis_ids: list[Id] = Field(min_length=2, max_length=6)


class TrajectoryParams(Schema):
    """Run the trust block along the checkpoints of a fine-tuning run, or along the stages of the encoder."""

    kind: Literal["trajectory"] = "trajectory"
    cohort_id: Id
    task: Task
    roi: Roi
    along: Literal["checkpoints", "stages"]
    pre_encoder_id: Id | None = None
    ft_encoder_id: Id | None = None
    extraction: str | None = Field(
        default=None, max_length=64, description="Hash of the radiomics settings to read; null = the newest extraction."
    )
    seed: int = Field(default=0, ge=0)


class SelfCheckParams(Schema):
    """What could a study of this size have seen? An analysis gives its own size and signal; else they are given."""

    kind: Literal["selfcheck"] = "selfcheck"
    analysis_id: Id | None = Field(default=None, description="Take patients, width, features and signal from it.")
    patients: int = Field(default=200, ge=20, le=5000)
    width: int = Field(default=768, ge=2, le=4096)
    features: int = Field(
        default=60, ge=18, le=837, description="Of each of three modalities, unless an analysis says."
    )
    repeated: float = Field(default=0.0, ge=0, le=1, description="Share of patients with a second study.")
    signal: float | None = Field(default=None, gt=0, lt=1, description="Median R2 before fine-tuning to simulate.")
    label: bool = Field(default=False, description="The label is known, and some untouched features go with it.")
    seeds: int = Field(default=10, ge=1, le=50)
