"""Radiomic features of a case."""

from typing import Any

import numpy as np
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, strict
from backend.models.columns import Array, new_id
from backend.models.row_checksum import ChecksummedRow


class FeatureList(ChecksummedRow, Base):
    """An ordered list of feature names that many radiomics rows share; its id is the hash of the list."""

    __tablename__ = "feature_lists"
    id: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[list[str]]


class Radiomics(ChecksummedRow, Base):
    """The features (K,) float64 of one case in one ROI under one settings file; NaN where a feature is undefined."""

    __tablename__ = "radiomics"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    roi: Mapped[str]
    settings_hash: Mapped[str]
    cache_key: Mapped[str]
    feature_list_id: Mapped[str | None] = mapped_column(ForeignKey("feature_lists.id"))
    status: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    quality: Mapped[dict[str, Any]] = mapped_column(default=dict)
    values: Mapped[np.ndarray | None] = mapped_column(Array)
    seconds: Mapped[float] = mapped_column(default=0.0)
    __table_args__ = strict(UniqueConstraint("case_id", "roi", "settings_hash"))
