"""Encoders: weights before and after fine-tuning."""

from datetime import datetime
from typing import Any

from shared.schemas.base import Schema, Stage, Task


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
    settings: dict[str, Any]
    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    created_at: datetime
