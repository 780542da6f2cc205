"""How a folder of studies is laid out: which files belong to which study, decided by names alone, nothing opened.

`picai`: `{patient}_{study}_{t2w,hbv,adc}.mha` (or .nii.gz) and `{patient}_{study}_{gland,lesion,zones}.nii.gz`, in any
folders below. `dicom`: series folders of DICOM slices somewhere below the folder that holds a study's masks. `auto`
takes each study as it comes. Ids are text: `001_5` and `1_5` are two patients.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backend.errors import BadImage
from backend.ingest.dicom import has_dicom_name

Layout = Literal["auto", "picai", "dicom"]
LAYOUTS: tuple[Layout, ...] = ("auto", "picai", "dicom")
IMAGES = {"t2w": "T2", "hbv": "DWI", "adc": "ADC"}
MASKS = ("gland", "lesion", "zones")
NAME = re.compile(
    rf"(?P<patient>[^_]+)_(?P<study>[^_]+)_(?P<kind>{'|'.join((*IMAGES, *MASKS))})(?P<suffix>\.mha|\.nii\.gz|\.nii)"
)
MOST_ENTRIES = 2_000_000


@dataclass
class PlannedCase:
    """One study's files by modality and roi, and its DICOM folder where it has one.

    `problem` says why it cannot be read as it lies; then nothing of it is opened.
    """

    patient_id: str
    study_id: str
    images: dict[str, Path] = field(default_factory=dict)
    masks: dict[str, Path] = field(default_factory=dict)
    dicom: Path | None = None
    problem: str = ""


@dataclass(frozen=True)
class Plan:
    """The studies found, in order of their ids, and which layout was read, with the reason."""

    cases: tuple[PlannedCase, ...]
    why: str


def plan(root: Path, layout: Layout = "auto") -> Plan:
    """What `root` holds. Raises BadImage where it holds no study in that layout."""
    if layout not in LAYOUTS:
        raise BadImage(f"There is no layout `{layout}`; choose one of {', '.join(LAYOUTS)}.")
    if not root.is_dir():
        raise BadImage(f"{root.name or 'The path'} is no folder; give the folder that holds the studies.")
    cases: dict[str, PlannedCase] = {}
    series_folders: set[Path] = set()
    for path in _files(root):
        match = NAME.fullmatch(path.name)
        if match:
            _add(cases, match, path)
        elif has_dicom_name(path.name):
            series_folders.add(path.parent)
    _attach_dicom(cases, series_folders, root)
    for case in cases.values():
        if layout == "dicom":
            case.images.clear()
        elif layout == "picai":
            case.dicom = None
    chosen = [case for case in cases.values() if _fits(case, layout)]
    if not chosen:
        raise BadImage(
            f"{root.name} holds no study in the layout `{layout}`: expected files named PATIENT_STUDY_t2w.mha, "
            "_hbv, _adc and _gland.nii.gz, or DICOM series below a folder with such masks."
        )
    chosen.sort(key=lambda case: (case.patient_id, case.study_id))
    return Plan(tuple(chosen), _why(chosen, layout))


def _add(cases: dict[str, PlannedCase], match: re.Match[str], path: Path) -> None:
    study_id = f"{match['patient']}_{match['study']}"
    case = cases.setdefault(study_id, PlannedCase(match["patient"], study_id))
    kind = match["kind"]
    files, key = (case.images, IMAGES[kind]) if kind in IMAGES else (case.masks, kind)
    if key in files:
        case.problem = f"two files claim to be its {key} ({files[key].name} and {path.name}); keep one"
    files[key] = path


def _attach_dicom(cases: dict[str, PlannedCase], series_folders: set[Path], root: Path) -> None:
    """Gives each DICOM folder to the study whose masks lie in it or in the nearest folder above it."""
    of_folder: dict[Path, set[str]] = {}
    for case in cases.values():
        for mask in case.masks.values():
            of_folder.setdefault(mask.parent, set()).add(case.study_id)
    unclaimed: set[Path] = set()
    for folder in sorted(series_folders):
        owner = next((each for each in (folder, *folder.parents) if each in of_folder or each == root), root)
        owners = of_folder.get(owner, set())
        for study_id in owners:
            case = cases[study_id]
            case.dicom = owner
            if len(owners) > 1 and not case.images:
                case.problem = (
                    "its DICOM series share a folder with another study's masks; give each study its own folder"
                )
        if not owners:
            unclaimed.add(folder)
    for folder in sorted({_study_folder(folder, root) for folder in unclaimed}):
        study_id = str(folder.relative_to(root)) if folder != root else folder.name
        cases[study_id] = PlannedCase(
            study_id,
            study_id,
            dicom=folder,
            problem="no mask named PATIENT_STUDY_gland.nii.gz lies beside its DICOM series",
        )


def _study_folder(series: Path, root: Path) -> Path:
    """The folder below `root` that a series without masks belongs to."""
    inside = series.relative_to(root).parts
    return root / inside[0] if inside else root


def _fits(case: PlannedCase, layout: Layout) -> bool:
    if layout == "picai":
        return bool(case.images)
    if layout == "dicom":
        return case.dicom is not None
    return bool(case.images) or case.dicom is not None or bool(case.masks)


def _why(cases: list[PlannedCase], layout: Layout) -> str:
    named = sum(bool(case.images) for case in cases)
    dicom = sum(case.dicom is not None and not case.images for case in cases)
    kinds = {
        "image files in the PI-CAI naming": named,
        "DICOM series": dicom,
        "masks only": len(cases) - named - dicom,
    }
    found = ", ".join(f"{count} with {kind}" for kind, count in kinds.items() if count)
    return f"layout {layout}: {len(cases)} studies, {found}."


def _files(root: Path) -> Iterator[Path]:
    """Every file below `root`, links to folders not followed, in a fixed order."""
    entries = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        entries += len(names)
        if entries > MOST_ENTRIES:
            raise BadImage(f"{root.name} holds more than {MOST_ENTRIES} files; import one cohort a folder.")
        yield from (Path(folder, name) for name in sorted(names))
