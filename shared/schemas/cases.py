"""Cases: one study of one patient, its images and masks."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from shared.schemas.base import MaskKind, Modality, Schema
from shared.schemas.display import CaseDisplay
from shared.schemas.quality import Finding, Review, SeriesChoice


class Case(Schema):
    """One study of one patient."""

    id: str
    cohort_id: str
    study_id: str
    patient_id: str
    status: Literal["accepted", "rejected", "excluded"]
    reason: str
    warnings: list[str]
    pirads: int | None
    volume_ml: float | None
    psa: float | None
    isup: int | None
    age: float | None
    center: str | None
    split: str | None
    gland_ml: float | None
    lesion_ml: float | None
    volumes_ml: dict[str, float] = Field(default={}, description="Region to its volume as drawn, mL.")
    targets: dict[str, Any] = Field(default={}, description="Target of the protocol to the value that is known.")
    has_images: bool
    code: str = Field(description="Why it was rejected, for programs.")
    remedy: str = Field(description="What to do about a rejection.")
    findings: list[Finding]
    review: Review = Field(description="What the newest decision about this study says.")
    reviewed_by: str | None
    reviewed_at: datetime | None
    scanner: str | None
    field_t: float | None = Field(description="Field strength, tesla.")


class CohortColumn(Schema):
    """A clinical column that the cohort's cases have: a number with its range, or classes; `n` cases know it."""

    name: str
    kind: Literal["number", "class"]
    n: int
    low: float | None = None
    high: float | None = None
    values: list[str] = Field(default=[], description="The classes; at most sixty.")


class VolumeInfo(Schema):
    """An image on the viewing grid, as `/cases/{id}/volumes/{modality}` sends it: uint16, C order (z, y, x), LPS axes.

    value = intercept + slope * stored; `low`, `high` are the protocol's window, else the 1st and 99th percentile.
    """

    modality: Modality
    shape_zyx: tuple[int, int, int]
    spacing_zyx_mm: tuple[float, float, float]
    slope: float
    intercept: float
    low: float
    high: float
    unit: str
    etag: str


class MaskInfo(Schema):
    """A mask on the same viewing grid, uint8; `slices` lists the k where it has voxels."""

    roi: MaskKind
    shape_zyx: tuple[int, int, int]
    slices: list[int]
    voxels: int
    etag: str


class CaseDetail(Case):
    """A case with everything its page needs."""

    clinical: dict[str, Any]
    geometry: dict[str, Any] = Field(description="Native size, spacing (mm) and origin of every input.")
    volumes: list[VolumeInfo]
    masks: list[MaskInfo]
    best_slice: int = Field(description="The slice with most of the finding, else with most of what is around it.")
    first_voxel_mm: tuple[float, float, float] = Field(
        description="The first voxel's place along the axes (z, y, x): mm to the head, to posterior, to the left."
    )
    signed: str = Field(description="Claim of `/images/{signed}/{kind}`, good for some minutes without a sign-in.")
    axis_letters: dict[str, str] = Field(description="Letters at the edges: left, right, top, bottom.")
    series: list[SeriesChoice] = Field(description="Which DICOM series was taken, and what else there was.")
    integrity: dict[str, str] = Field(description="Input to manifest, checksum or unverifiable.")
    zones: dict[str, str] = Field(description="Code in the zones file to name; stored zones are 1 PZ, 2 TZ.")
    display: CaseDisplay
    previous_id: str | None
    next_id: str | None
