"""Analyses with their ranking, groups and fitted decoders."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.models.base import Base, strict
from backend.models.cohorts import Cohort
from backend.models.columns import Array, new_id, now
from backend.models.encoders import Encoder
from backend.models.row_checksum import ChecksummedRow


class Analysis(ChecksummedRow, Base):
    """One run of the lens on a cohort, task, ROI and two encoders; `cache_key` hashes all of its inputs."""

    __tablename__ = "analyses"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    task: Mapped[str]
    roi: Mapped[str]
    pre_encoder_id: Mapped[str] = mapped_column(ForeignKey("encoders.id"))
    ft_encoder_id: Mapped[str] = mapped_column(ForeignKey("encoders.id"))
    settings: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    sentences: Mapped[list[str]]
    cache_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    cohort: Mapped[Cohort] = relationship(lazy="joined")
    pre_encoder: Mapped[Encoder] = relationship(foreign_keys=[pre_encoder_id], lazy="joined")
    ft_encoder: Mapped[Encoder] = relationship(foreign_keys=[ft_encoder_id], lazy="joined")


class AnalysisFeature(ChecksummedRow, Base):
    """One row of an analysis' ranking, as in `ranking.csv`; the columns of the trust block are null without it."""

    __tablename__ = "analysis_features"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True)
    feature: Mapped[str]
    modality: Mapped[str]
    image_type: Mapped[str]
    feature_class: Mapped[str]
    feature_name: Mapped[str]
    i_pre: Mapped[float]
    i_ft: Mapped[float]
    delta_i: Mapped[float]
    rank_paper: Mapped[int]
    paper_r2_pre: Mapped[float | None]
    paper_r2_ft: Mapped[float | None]
    paper_mse_pre: Mapped[float | None]
    paper_mse_ft: Mapped[float | None]
    r2_in_sample_pre: Mapped[float | None]
    r2_in_sample_ft: Mapped[float | None]
    r2_pre: Mapped[float | None]
    r2_ft: Mapped[float | None]
    delta_r2: Mapped[float | None]
    selective_delta: Mapped[float | None]
    se: Mapped[float | None]
    ci_low: Mapped[float | None]
    ci_high: Mapped[float | None]
    p: Mapped[float | None]
    q: Mapped[float | None]
    flag: Mapped[str | None]
    chance_r2_pre: Mapped[float | None]
    chance_r2_ft: Mapped[float | None]
    effect_shrunk: Mapped[float | None]
    shrunk_low: Mapped[float | None]
    shrunk_high: Mapped[float | None]
    effect_given_label: Mapped[float | None]
    given_label_low: Mapped[float | None]
    given_label_high: Mapped[float | None]
    label_borne: Mapped[float | None]
    label_borne_q: Mapped[float | None]
    n_runs: Mapped[int | None]
    n_runs_agree: Mapped[int | None]
    used: Mapped[float | None]
    used_low: Mapped[float | None]
    used_high: Mapped[float | None]
    use: Mapped[str | None]
    explained_sd_pre: Mapped[float | None]
    explained_sd_ft: Mapped[float | None]
    effect: Mapped[float | None]
    control_floor: Mapped[float | None]
    delta_r2_low: Mapped[float | None]
    delta_r2_high: Mapped[float | None]
    swap_delta_i: Mapped[float | None]
    icc: Mapped[float | None]
    r2_pre_kernel: Mapped[float | None]
    r2_ft_kernel: Mapped[float | None]
    r2_pre_elastic_net: Mapped[float | None]
    r2_ft_elastic_net: Mapped[float | None]
    __table_args__ = strict(
        Index("ix_features_rank", "analysis_id", "rank_paper"), Index("ix_features_effect", "analysis_id", "effect")
    )


class AnalysisGroup(ChecksummedRow, Base):
    """One row of `groups.csv`: a class, image type, modality, modality x class, or all features."""

    __tablename__ = "analysis_groups"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    grouping: Mapped[str] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(primary_key=True)
    values: Mapped[dict[str, Any]]


class Decoder(ChecksummedRow, Base):
    """The fitted decoders of an analysis; `study_ids` orders z (N, H), theta was fitted on the studies `solved`."""

    __tablename__ = "decoders"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    features: Mapped[list[str]]
    study_ids: Mapped[list[str]]
    splits: Mapped[list[str]]
    solved: Mapped[np.ndarray] = mapped_column(Array)
    weight: Mapped[np.ndarray] = mapped_column(Array)
    bias: Mapped[np.ndarray] = mapped_column(Array)
    x_mean: Mapped[np.ndarray] = mapped_column(Array)
    x_sd: Mapped[np.ndarray] = mapped_column(Array)
    z_pre: Mapped[np.ndarray] = mapped_column(Array)
    z_ft: Mapped[np.ndarray] = mapped_column(Array)
    r_minmax: Mapped[np.ndarray] = mapped_column(Array)
    theta_pre: Mapped[np.ndarray] = mapped_column(Array)
    theta_ft: Mapped[np.ndarray] = mapped_column(Array)
    intercept_pre: Mapped[np.ndarray] = mapped_column(Array)
    intercept_ft: Mapped[np.ndarray] = mapped_column(Array)


class StoredMap(ChecksummedRow, Base):
    """Where the studies of an analysis lie in both embeddings, as `science.embedding.embedding_map` gives it.

    `near_pre` and `near_ft` hold rows of `study_ids`. An analysis of an earlier version has none.
    """

    __tablename__ = "stored_maps"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    study_ids: Mapped[list[str]]
    neighbours: Mapped[int]
    by_chance: Mapped[float]
    shown_pre: Mapped[float]
    shown_ft: Mapped[float]
    pre: Mapped[np.ndarray] = mapped_column(Array)  # (N, 2) float64
    ft: Mapped[np.ndarray] = mapped_column(Array)  # (N, 2) float64
    kept: Mapped[np.ndarray] = mapped_column(Array)  # (N,) int32
    near_pre: Mapped[np.ndarray] = mapped_column(Array)  # (N, neighbours) int32
    near_ft: Mapped[np.ndarray] = mapped_column(Array)  # (N, neighbours) int32
