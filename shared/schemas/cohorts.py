"""Cohorts: named sets of cases."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema
from shared.schemas.encoders import Encoder
from shared.schemas.protocol import Protocol


class Cohort(Schema):
    """A named set of cases and how far its work has come."""

    id: str
    project_id: str = "default"
    name: str
    kind: Literal["images", "tables"]
    note: str
    n_cases: int
    n_patients: int
    n_rejected: int
    n_warned: int
    extracted: dict[str, int] = Field(description="Studies with usable features, by ROI.")
    encoders: list[Encoder]
    tasks: list[str] = Field(description="Tasks with a fine-tuned encoder, or imported.")
    created_at: datetime
    protocol: Protocol = Field(description="What images, regions and targets its cases have.")
