"""What stands behind an analysis' trust columns, by feature."""

import numpy as np
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import Array


class DecodingEvidence(Base):
    """Influence of every patient and held-out values of one feature.

    `k` as in `AnalysisFeature`, studies as in `Decoder`, patients by name.
    """

    __tablename__ = "decoding_evidence"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True)
    influence: Mapped[np.ndarray] = mapped_column(Array)  # (P,) float32
    effect_by_run: Mapped[np.ndarray] = mapped_column(Array)  # (T,) float64
    permuted: Mapped[np.ndarray] = mapped_column(Array)  # (permutations, 2) float64
    decoded: Mapped[np.ndarray] = mapped_column(Array)  # (2, N) float32, normal scores


class AnalysisEvidence(Base):
    """The same of analyses of version 1: bootstrap replicates in place of influence. Read, never written."""

    __tablename__ = "analysis_evidence"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True)
    r2_draws: Mapped[np.ndarray] = mapped_column(Array)  # (2, B) float32
    effect_draws: Mapped[np.ndarray] = mapped_column(Array)  # (B,) float32
    decoded: Mapped[np.ndarray] = mapped_column(Array)  # (2, N) float32, normal scores
