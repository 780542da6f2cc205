"""How a cohort lies in the embedding before and after fine-tuning."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema, Task


class MappedStudy(Schema):
    """One study on both maps."""

    case_id: str
    study_id: str
    patient_id: str
    split: str
    has_images: bool
    pirads: int | None
    volume_ml: float | None = Field(description="As given, else of the gland mask.")
    lesion_ml: float | None
    center: str | None
    pre_x: float
    pre_y: float
    ft_x: float
    ft_y: float
    kept: int = Field(description="Nearest neighbours (of other patients) that are the same before and after.")
    near_pre: list[str] = Field(description="Study ids of other patients, before, nearest first.")
    near_ft: list[str]


class MapColumn(Schema):
    """What studies can be coloured by: a number, classes, or grades in rising order."""

    name: str
    of: Literal["target", "region", "clinical"] = Field(description="A region's is its volume as drawn, mL.")
    kind: Literal["number", "class", "grade"]
    levels: list[str] = Field(description="Classes or grades that occur, in order; rare classes are one, `others`.")
    values: list[str | float | None] = Field(description="Of each study, in the order of `studies`; null = unknown.")
    missing: int


class EmbeddingMap(Schema):
    """Principal components of both embeddings in units of the cloud's radius, ft turned onto pre; studies by id."""

    analysis_id: str
    task: Task
    neighbours: int = Field(description="Nearest neighbours looked at, in the whole embedding.")
    kept_share: float = Field(description="Share of neighbours kept, mean over studies.")
    chance_share: float = Field(description="What unrelated embeddings would keep.")
    shown_pre: float = Field(description="Share of the variance on the map before.")
    shown_ft: float
    cka_debiased: float | None = Field(description="Null where the analysis was made without the trust block.")
    studies: list[MappedStudy]
    columns: list[MapColumn] = Field(default=[], description="Columns in which studies differ.")
