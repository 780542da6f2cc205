"""Comparisons of analyses of one cohort, and trajectories along checkpoints or an encoder's stages."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.models.base import Base
from backend.models.cohorts import Cohort
from backend.models.columns import Array, new_id, now
from backend.models.row_checksum import ChecksummedRow


class Comparison(ChecksummedRow, Base):
    """A comparison of two or more analyses; `summary` has the fields of `ComparisonDetail` that no other table has."""

    __tablename__ = "comparisons"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    analysis_ids: Mapped[list[str]]
    summary: Mapped[dict[str, Any]]
    cache_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    cohort: Mapped[Cohort] = relationship(lazy="joined")


class ComparedFeature(ChecksummedRow, Base):
    """One feature in one pair of analyses; `first` and `second` index the comparison's `analysis_ids`."""

    __tablename__ = "compared_features"
    comparison_id: Mapped[str] = mapped_column(ForeignKey("comparisons.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    second: Mapped[int] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(primary_key=True)
    k: Mapped[int]
    modality: Mapped[str]
    image_type: Mapped[str]
    feature_class: Mapped[str]
    feature_name: Mapped[str]
    r2_pre_first: Mapped[float]
    r2_ft_first: Mapped[float]
    effect_first: Mapped[float]
    low_first: Mapped[float]
    high_first: Mapped[float]
    flag_first: Mapped[str]
    r2_pre_second: Mapped[float]
    r2_ft_second: Mapped[float]
    effect_second: Mapped[float]
    low_second: Mapped[float]
    high_second: Mapped[float]
    flag_second: Mapped[str]
    difference: Mapped[float]
    se: Mapped[float]
    ci_low: Mapped[float]
    ci_high: Mapped[float]
    p: Mapped[float]
    q: Mapped[float | None]
    verdict: Mapped[str]


class Trajectory(ChecksummedRow, Base):
    """The change of a cohort's embeddings along `checkpoints` or `stages`, of T points and K features."""

    __tablename__ = "trajectories"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    task: Mapped[str]
    roi: Mapped[str]
    along: Mapped[str]
    summary: Mapped[dict[str, Any]]
    features: Mapped[list[str]]
    values: Mapped[np.ndarray] = mapped_column(Array)  # (7, T, K): r2_pre, r2_ft, effect, ci_low, ci_high, q, flag code
    cache_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    cohort: Mapped[Cohort] = relationship(lazy="joined")
