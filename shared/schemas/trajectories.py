"""How what an embedding carries changes along the checkpoints of a run, or along the stages of an encoder."""

from datetime import datetime
from typing import Literal

from pydantic import AliasChoices, Field

from shared.schemas.base import Roi, Schema, Task
from shared.schemas.trusted import Flag

Along = Literal["checkpoints", "stages"]


class TrajectoryPoint(Schema):
    """One checkpoint against the common pre-trained embedding, or one stage of both encoders."""

    label: str
    epoch: int | None
    stage: str | None
    encoder_id: str | None
    width: int = Field(description="Dimensions of the embedding.")
    shared_change: float | None = Field(validation_alias=AliasChoices("shared_change", "b"))
    control_floor: float
    flags: dict[str, int]
    cka_debiased: float | None
    effective_rank: float


class TrajectoryLine(Schema):
    """A feature's or group's numbers, one a point."""

    grouping: str = Field(description="`feature`, or as in groups.csv.")
    group: str
    n_features: int
    r2_pre: list[float]
    r2_ft: list[float]
    delta_r2: list[float]
    effect: list[float]
    ci_low: list[float]
    ci_high: list[float]
    q: list[float | None] = Field(description="Null where the group shows no change, so its features are not tested.")
    flag: list[Flag]


class Trajectory(Schema):
    """The same patients and one penalty grid for all points."""

    id: str
    cohort_id: str
    cohort_name: str
    task: Task
    roi: Roi
    along: Along
    n_studies: int
    n_patients: int
    n_features: int
    replicates: int | None = Field(default=None, description="Of trajectories by bootstrap; else null.")
    seed: int
    points: list[TrajectoryPoint]
    created_at: datetime


class TrajectoryDetail(Trajectory):
    """A trajectory with its answer in words and the lines of all groups."""

    sentences: list[str]
    lines: list[TrajectoryLine]
