"""The evidence of an analysis' trust columns by feature, and the replicates of an unfinished bootstrap."""

import numpy as np
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import Array


class AnalysisEvidence(Base):
    """Bootstrap replicates and held-out values of one feature; `k` as in `AnalysisFeature`, studies as in `Decoder`."""

    __tablename__ = "analysis_evidence"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True)
    r2_draws: Mapped[np.ndarray] = mapped_column(Array)  # (2, B) float32
    effect_draws: Mapped[np.ndarray] = mapped_column(Array)  # (B,) float32
    decoded: Mapped[np.ndarray] = mapped_column(Array)  # (2, N) float32, normal scores


class ReplicateBlock(Base):
    """Bootstrap replicates (b, S, K) float64 of an unfinished request, from number `first` on."""

    __tablename__ = "replicate_blocks"
    request_key: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    values: Mapped[np.ndarray] = mapped_column(Array)
