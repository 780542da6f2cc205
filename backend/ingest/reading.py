"""What reading a study needs, and what comes of it: an accepted study, or a rejected one with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.ingest.checks.finding_codes import Finding
from backend.ingest.checks.native import Native
from backend.ingest.clinical import ClinicalRow, ClinicalTable
from backend.ingest.regions import USUAL
from backend.ingest.sandbox.read_images import Limits
from backend.science.imaging.grid import Grid
from shared.schemas.protocol import Protocol


@dataclass(frozen=True)
class Accepted:
    """A study ready for features and embeddings.

    `study_id` is `{patient}_{study}`. `source_hashes`: SHA-256 by modality and roi (for DICOM, of the slices' hashes in
    order). `native`: the grid of every input as acquired, `acquired` the images and masks themselves; `volumes_ml` and
    `lesion_grades` are of the masks as drawn. `series` says which DICOM series was taken, why, and what else there was;
    `integrity` how far each input could be checked; `zones` which name each code of the zones file had.
    """

    study_id: str
    patient_id: str
    clinical: ClinicalRow | None
    source_hashes: dict[str, str]
    native: dict[str, Grid]
    acquired: Native
    volumes_ml: dict[str, float]
    lesion_grades: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    series: dict[str, dict[str, Any]] = field(default_factory=dict)
    integrity: dict[str, str] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    scanner: str = ""
    field_t: float | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The sentences of the findings that are warnings."""
        return tuple(finding.sentence for finding in self.findings if finding.level == "warning")


@dataclass(frozen=True)
class Rejected:
    """A study that cannot be used, and why, in one sentence that names the file; `code` is of `finding_codes.CODES`."""

    study_id: str
    patient_id: str
    reason: str
    code: str = "other"


@dataclass(frozen=True)
class Choices:
    """The importer's decisions: DICOM series by study and modality, names of zone codes, the sender's SHA-256 sums."""

    series: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zones: Mapping[int, str] = field(default_factory=lambda: dict(USUAL))
    sums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """The settings for reading a cohort: clinical table, spacing of the grid (x, y, z in mm), allowed folders.

    `protocol` is another one than the prostate's.
    """

    table: ClinicalTable | None
    spacing: tuple[float, float, float]
    roots: Sequence[Path]
    masks_expected: bool
    limits: Limits | None = None
    choices: Choices = field(default_factory=Choices)
    protocol: Protocol | None = None
