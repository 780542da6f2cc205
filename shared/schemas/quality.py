"""What is known of a cohort's images before anybody trusts a number: findings, series, decisions, the report."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.schemas.analyses import Alert
from shared.schemas.base import Modality, Schema

Review = Literal["unseen", "approved", "excluded"]


class Finding(Schema):
    """One thing to know about a study; a note needs no action, a warning a look."""

    code: str
    level: Literal["note", "warning"]
    sentence: str


class SeriesCandidate(Schema):
    """One series of a DICOM study; `words` is its description with everything unknown left out."""

    series: str = Field(description="Its number, with `:b800` behind it where a series holds several b-values.")
    number: int
    b_value: float | None = Field(description="s/mm2, from the tags or the description.")
    slices: int
    words: str
    why: str = Field(description="What it is taken for, or why it fits nothing.")
    taken_as: Modality | Literal[""] = ""
    geometry: str = Field(default="", description="Plane, spacing, rows and columns, slices and the length they cover.")
    image_type: str = Field(default="", description="ImageType with everything unknown left out.")


class SeriesChoice(Schema):
    """The series taken for a modality, and what else there was."""

    modality: Modality
    series: str
    reason: str
    overridden: bool
    candidates: list[SeriesCandidate]


class DecisionCreate(Schema):
    """What a person decides after looking at a study."""

    decision: Literal["approve", "exclude", "reopen"]
    note: str = Field(default="", max_length=500)


class Decision(Schema):
    """A decision that was taken, by whom and when."""

    id: str
    case_id: str
    study_id: str
    decision: Literal["approve", "exclude", "reopen"]
    note: str
    by: str
    at: datetime


class CodeCount(Schema):
    """How many studies a finding or a reason for rejection concerns."""

    code: str
    level: Literal["rejected", "warning", "note"]
    title: str
    remedy: str
    n: int


class SplitStratum(Schema):
    """Accepted studies of a PI-RADS group on each side of the split."""

    stratum: str
    train: int
    val: int
    test: int


class NotUsed(Schema):
    """What lies in an imported folder or table and was not read; of the names at most twenty, and only for admins."""

    files: int
    file_names: list[str]
    columns: int
    column_names: list[str]
    sentence: str = Field(description="All of it in one sentence; empty where everything was used.")


class QualityReport(Schema):
    """The state of a cohort's images; counts are studies."""

    cohort_id: str
    cohort_name: str
    accepted: int
    rejected: int
    excluded: int
    approved: int
    unseen: int
    n_patients: int
    layout: str = Field(description="How the folder was read, in words.")
    ids: str = Field(description="Whether ids were kept or replaced.")
    split: str = Field(description="Where the split comes from, in words.")
    sides: dict[str, int]
    strata: list[SplitStratum]
    centers: dict[str, int]
    scanners: dict[str, int]
    fields: dict[str, int] = Field(description="Field strengths, such as `3 T`.")
    integrity: dict[str, int] = Field(description="Studies by the weakest check that their files allowed.")
    codes: list[CodeCount]
    alerts: list[Alert]
    dropped_columns: list[str] = Field(description="Columns of the clinical table or manifest that are not read.")
    not_used: NotUsed


class QualityRow(Schema):
    """One study as the report lists it."""

    case_id: str
    study_id: str
    patient_id: str
    status: Literal["accepted", "rejected", "excluded"]
    code: str
    reason: str
    remedy: str
    warnings: list[str]
    review: Review
    reviewed_by: str | None
    reviewed_at: datetime | None
    center: str | None
    scanner: str | None
    field_t: float | None
    split: str | None
    pirads: int | None
    volume_ml: float | None
    gland_ml: float | None
    lesion_ml: float | None
    spacing_mm: str = Field(description="T2 voxel as acquired, x x y x z.")
    integrity: str


class MaskDrawing(Schema):
    """A segment or ROI of a DICOM mask object; `label` is its name with everything unknown left out."""

    number: int
    label: str
    region: str = Field(description="gland, PZ, TZ, lesion, part of the gland, or nothing.")
    used_as: list[str] = Field(description="The masks it becomes: gland, zones, lesion.")
    why: str = Field(description="Why it is not used.")


class MaskObject(Schema):
    """A DICOM segmentation or structure set of a study."""

    file: str
    kind: Literal["SEG", "RTSTRUCT", ""]
    problem: str = Field(description="Why it cannot be read.")
    drawings: list[MaskDrawing]


class PreviewStudy(Schema):
    """A study an import would read."""

    study_id: str
    patient_id: str
    problem: str
    images: dict[str, str] = Field(description="Modality to file name.")
    masks: dict[str, str]
    series: list[SeriesChoice]
    candidates: list[SeriesCandidate] = Field(description="Every series of a DICOM study, taken or not, by number.")
    undecided: dict[Modality, str] = Field(description="Why a modality has no series, which the import would refuse.")
    objects: list[MaskObject] = Field(default=[], description="The DICOM masks of a study, used or not.")
    zones: dict[str, str] = Field(
        default={}, description="Names of the codes of its label map, unless the file's own header names them."
    )


class ImportPreview(Schema):
    """What an import would do, before it is started: layout, studies, series, and what needs a decision."""

    layout: str
    why: str
    studies: int
    shown: list[PreviewStudy]
    identifiers: list[str] = Field(description="What looks like a name or a date, with the text itself masked.")
    dropped_columns: list[str]
    not_used: NotUsed
