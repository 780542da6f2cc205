"""Cohorts, their cases and volumes, and the decisions of reviewers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.models.base import Base, strict
from backend.models.columns import new_id, now
from backend.models.projects import DEFAULT_PROJECT
from backend.models.row_checksum import ChecksummedRow


class Cohort(Base):
    """A named set of cases, from `images` or from `tables`; `protocol` as `storage/cohort_protocol` writes it.

    Its name is the only one in its project; another project may have the same.
    """

    __tablename__ = "cohorts"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), default=DEFAULT_PROJECT)
    name: Mapped[str]
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    protocol: Mapped[dict[str, Any]] = mapped_column(default=lambda: {"name": "prostate-mpmri"})
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = strict(UniqueConstraint("project_id", "name"))


class Case(ChecksummedRow, Base):
    """One study of one patient; `status` is accepted, rejected (with a reason) or excluded (by a person).

    `findings` are those of the quality check, with codes; `warnings` the sentences of those that are warnings. `series`
    gives the DICOM series that were read and why, `integrity` how far each file could be checked, `zones` the name of
    each code of the zones file, `review` the newest decision. `clinical` has the columns of the user's table that have
    no field here; `volumes_ml` the regions' volumes, and is null for the prostate, whose volumes have fields.
    """

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    study_id: Mapped[str]
    patient_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="accepted")
    reason: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    remedy: Mapped[str] = mapped_column(default="")
    warnings: Mapped[list[str]] = mapped_column(default=list)
    findings: Mapped[list[Any]] = mapped_column(default=list)
    series: Mapped[list[Any]] = mapped_column(default=list)
    integrity: Mapped[dict[str, Any]] = mapped_column(default=dict)
    zones: Mapped[dict[str, Any]] = mapped_column(default=dict)
    review: Mapped[str] = mapped_column(default="unseen")
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    pirads: Mapped[int | None]
    volume_ml: Mapped[float | None]
    psa: Mapped[float | None]
    isup: Mapped[int | None]
    age: Mapped[float | None]
    center: Mapped[str | None]
    scanner: Mapped[str | None]
    field_t: Mapped[float | None]
    split: Mapped[str | None]
    gland_ml: Mapped[float | None]
    lesion_ml: Mapped[float | None]
    volumes_ml: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    geometry: Mapped[dict[str, Any]] = mapped_column(default=dict)
    clinical: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source_hash: Mapped[str] = mapped_column(default="")  # of all source files; empty before version 0.3
    created_at: Mapped[datetime] = mapped_column(default=now)
    volumes: Mapped[list["Volume"]] = relationship(back_populates="case", cascade="all, delete-orphan")
    __table_args__ = strict(UniqueConstraint("cohort_id", "study_id"))


class Volume(ChecksummedRow, Base):
    """One image or mask of a case on its native grid; `kind` is T2, DWI, ADC, gland, lesion or zones.

    `n_bytes` is what its file takes; null before version 0.3.
    """

    __tablename__ = "volumes"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    sha256: Mapped[str]
    source_sha256: Mapped[str]
    n_bytes: Mapped[int | None] = mapped_column(BigInteger)
    dtype: Mapped[str]
    size: Mapped[list[Any]]
    spacing: Mapped[list[Any]]
    origin: Mapped[list[Any]]
    direction: Mapped[list[Any]]
    case: Mapped[Case] = relationship(back_populates="volumes")
    __table_args__ = strict(UniqueConstraint("case_id", "kind"))


class CaseDecision(Base):
    """A reviewer's decision about a case: approve, exclude or reopen; the newest one counts."""

    __tablename__ = "case_decisions"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    decision: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    case: Mapped[Case] = relationship(lazy="joined")
