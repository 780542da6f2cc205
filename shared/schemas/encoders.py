"""Encoders: weights before and after fine-tuning."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from shared.schemas.base import Schema, Stage, Task

SHUFFLED_LABELS: Literal["shuffled_labels"] = "shuffled_labels"
Control = Literal["shuffled_labels"]


class Encoder(Schema):
    """Encoder weights, or the name of imported embeddings; `sha256` is the identity."""

    id: str
    name: str
    arch: str
    sha256: str
    stage: Stage
    task: Task | None
    parent_id: str | None
    cohort_id: str | None
    epoch: int | None
    run_id: str | None = Field(default=None, description="The encoder whose training passed this checkpoint.")
    recipe_id: str | None = Field(
        default=None, description="Shared by the runs and controls of one fine-tuning recipe; null = one run alone."
    )
    run_number: int | None = Field(default=None, description="From 0 among the recipe's runs, or among its controls.")
    control: Control | None = Field(default=None, description="What makes it a control; null = a run.")
    settings: dict[str, Any]
    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    created_at: datetime


class TrainingEpoch(Schema):
    """One epoch of a pre-training or fine-tuning, as it went."""

    epoch: int
    run_number: int = Field(default=0, description="The training of the job, from 0: its runs, then its controls.")
    scores: dict[str, float | None] = Field(description="train_loss, lr; with validation cases val_loss and scores.")
    pictures: list[str] = Field(description="Modalities with a picture of the reconstruction.")


class Architecture(Schema):
    """A line of the list of encoders that can be built."""

    name: str
