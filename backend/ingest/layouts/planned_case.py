"""The plan of an import: which files belong to which study, before any of them is opened."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backend.ingest.formats.several_volumes import Volumes

Layout = Literal["auto", "picai", "dicom", "msd", "nnunet", "bids", "manifest"]
LAYOUTS: tuple[Layout, ...] = ("auto", "picai", "dicom", "msd", "nnunet", "bids", "manifest")


@dataclass
class PlannedCase:
    """One study's files by modality and roi, and its DICOM folder where it has one.

    `channels`: which volume or volumes of a 4-D file an image is; `labels`: a label map of several regions, with
    `codes` naming its values where the data set does, or under another protocol `region_codes` the codes of a region;
    `series`: DICOM series named by a person; `clinical`: cells of a
    manifest row, `others` those of columns that have no field of their own, by the name as written;
    `choices`: several files that claim one modality, of which the geometry tells; `side_files`: what was read beside
    images. `problem` says why it cannot be read as it lies; then nothing of it is opened.
    """

    patient_id: str
    study_id: str
    images: dict[str, Path] = field(default_factory=dict)
    masks: dict[str, Path] = field(default_factory=dict)
    dicom: Path | None = None
    problem: str = ""
    channels: dict[str, int | Volumes] = field(default_factory=dict)
    labels: Path | None = None
    codes: Mapping[int, str] = field(default_factory=dict)
    region_codes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    series: dict[str, str] = field(default_factory=dict)
    clinical: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    choices: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    side_files: list[Path] = field(default_factory=list)

    @property
    def has_masks(self) -> bool:
        """Whether any region of it is drawn."""
        return bool(self.masks) or self.labels is not None

    @property
    def may_have_gland(self) -> bool:
        """Whether a file draws the gland, or a DICOM object could: only reading tells."""
        return bool(self.masks.keys() & {"gland", "zones"}) or self.labels is not None or self.of_dicom

    @property
    def of_dicom(self) -> bool:
        """Whether its images are a DICOM study's."""
        return self.dicom is not None and not self.images

    @property
    def no_gland(self) -> str:
        """Why it cannot be used where others have a gland mask and it has none."""
        inside = ", or a DICOM SEG or RTSTRUCT that names the prostate" if self.of_dicom else ""
        return f"there is no gland mask; add {self.study_id}_gland.nii.gz{inside}."


@dataclass(frozen=True)
class Plan:
    """The studies found, in order of their ids, which layout was read, and the reason.

    `names`: file names that may show up in sentences; `side_files`: tables and descriptions that were read; `columns`:
    the clinical ones of the layout's own table, as written.
    """

    cases: tuple[PlannedCase, ...]
    why: str
    layout: str = ""
    names: tuple[str, ...] = ()
    side_files: tuple[Path, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def masks_expected(self) -> bool:
        """Whether some study has masks, so that one without lost them; data for pre-training has none at all."""
        return any(case.has_masks for case in self.cases)


def counted(cases: Collection[PlannedCase]) -> str:
    """`1 study`, `7 studies`."""
    return f"{len(cases)} {'study' if len(cases) == 1 else 'studies'}"
