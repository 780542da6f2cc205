"""Encoders, their training epochs and their embeddings."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import Array, new_id, now
from backend.models.row_checksum import ChecksummedRow


class Encoder(ChecksummedRow, Base):
    """Encoder weights, identified by the sha256 of their blob, or the name of imported embeddings.

    `run_id` is null for the result of a training; for its checkpoints it is the id of that result.
    Runs and controls of one fine-tuning recipe share `recipe_id`, the id of one of the runs, and are numbered from 0
    each; one run alone has neither. `control` is null, or what makes a run a control: `shuffled_labels`.
    """

    __tablename__ = "encoders"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str | None] = mapped_column(ForeignKey("cohorts.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("encoders.id"))
    name: Mapped[str]
    arch: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    stage: Mapped[str]
    task: Mapped[str | None]
    epoch: Mapped[int | None]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("encoders.id"), index=True)
    recipe_id: Mapped[str | None] = mapped_column(ForeignKey("encoders.id"), index=True)
    run_number: Mapped[int | None]
    control: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    metrics: Mapped[dict[str, Any]] = mapped_column(default=dict)
    history: Mapped[list[Any]] = mapped_column(default=list)
    cache_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class TrainingEpoch(Base):
    """One epoch of a training job: losses and validation scores, and pictures by modality (sha256 of a PNG).

    `run_number` counts the trainings of the job from 0: its runs, then its controls.
    """

    __tablename__ = "training_epochs"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    run_number: Mapped[int] = mapped_column(primary_key=True, default=0)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    scores: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pictures: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Embedding(ChecksummedRow, Base):
    """One layer's embedding (d,) float32 of one case under one encoder and one input (modalities, size, spacing).

    `layer`: `pooled`, or `stage1` .. `stage4`, the stages' global averages; all five are written together. Equal
    `content_key` (image, weights, input, code) means equal values, in every cohort.
    """

    __tablename__ = "embeddings"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    encoder_id: Mapped[str] = mapped_column(ForeignKey("encoders.id"), primary_key=True)
    input_key: Mapped[str] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(primary_key=True, default="pooled")
    content_key: Mapped[str] = mapped_column(default="", index=True)
    precision: Mapped[str] = mapped_column(default="float32")
    values: Mapped[np.ndarray] = mapped_column(Array)
