"""Image files named `PATIENT_STUDY_MODALITY` under a protocol, and DICOM studies: decided by names alone.

What stands behind the last `_` or `-` names the modality or region, or what stands behind an earlier one; the longest
that the protocol knows counts (`BraTS-GLI-00001-000-t1c.nii.gz`, `UCSF-PDGM-0004_tumor_segmentation.nii.gz`).
"""

import re
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.dicom.files import is_dicom
from backend.ingest.formats.read_image import ENDINGS, stem
from backend.ingest.layouts.dicom_folders import attach_dicom
from backend.ingest.layouts.folder_files import files_below
from backend.ingest.layouts.planned_case import Layout, Plan, PlannedCase, counted
from shared.schemas.protocol import Protocol

VISIT = re.compile(r"(?P<patient>.*\d{3,})-(?P<study>\d{1,3})")
"""`BraTS-GLI-00001-000`: a patient and a visit."""


def plan(root: Path, layout: Layout, protocol: Protocol) -> Plan:
    """The studies of a folder. Raises BadImage where it holds none in that layout."""
    cases: dict[str, PlannedCase] = {}
    folders: dict[Path, str] = {}
    for path in files_below(root):
        named = _parts(path, protocol) if path.name.lower().endswith(ENDINGS) else None
        if named is not None:
            _add(cases, path, *named)
        elif path.parent not in folders and is_dicom(path):
            folders[path.parent] = path.name
    attach_dicom(cases, set(folders), root)
    _name_patients(list(cases.values()))
    for case in cases.values():
        if layout == "dicom":
            case.images.clear()
        elif layout == "picai":
            case.dicom = None
    chosen = sorted(
        (case for case in cases.values() if _fits(case, layout)), key=lambda case: (case.patient_id, case.study_id)
    )
    if not chosen:
        raise BadImage(
            f"{root.name} holds no study of {protocol.name} in the layout `{layout}`: expected a manifest.csv, a "
            f"dataset.json, folders sub-*, files named PATIENT_STUDY_{protocol.reference}.nii.gz (or by an alias), "
            "or DICOM series."
        )
    files = [path.name for case in chosen for path in (*case.images.values(), *case.masks.values())]
    names_seen = tuple(sorted({*files, *folders.values()}))
    named_files = sum(bool(case.images) for case in chosen)
    dicom = sum(case.dicom is not None and not case.images for case in chosen)
    kinds = {"files named by modality": named_files, "DICOM series": dicom}
    found = ", ".join(f"{count} with {kind}" for kind, count in kinds.items() if count)
    why = f"layout {layout} under {protocol.name}: {counted(chosen)}{', ' if found else ''}{found}."
    return Plan(tuple(chosen), why, layout, names_seen)


def _parts(path: Path, protocol: Protocol) -> tuple[str, str, bool] | None:
    """The study's name, the modality or region, and whether it is a modality; None for another file."""
    bare = stem(path.name)
    for match in re.finditer(r"[_-]", bare):
        head, tail = bare[: match.start()], bare[match.end() :]
        if head and (found := protocol.modality_of(tail)):
            return head, found, True
        if head and (found := protocol.region_of(tail)):
            return head, found, False
    return None


def _add(cases: dict[str, PlannedCase], path: Path, study: str, name: str, is_image: bool) -> None:
    case = cases.setdefault(study, PlannedCase(study, study))
    files = case.images if is_image else case.masks
    if name in files and not _pair(files[name], path):
        case.problem = f"two files claim to be its {name} ({files[name].name} and {path.name}); keep one"
    files.setdefault(name, path)


def _pair(one: Path, other: Path) -> bool:
    """Whether two names are the header and the voxels of one image."""
    endings = {path.name.lower().removesuffix(".gz")[-4:] for path in (one, other)}
    return endings == {".hdr", ".img"} and stem(one.name) == stem(other.name)


def _name_patients(cases: list[PlannedCase]) -> None:
    """The patient of a study named `PATIENT_STUDY`, where the first part tells patients apart."""
    first = {case.study_id: _first(case.study_id) for case in cases if case.dicom is None}
    if len(set(first.values())) == 1 and len(first) > 1:
        return
    for case in cases:
        case.patient_id = first.get(case.study_id) or case.patient_id


def _first(study: str) -> str:
    parts = study.split("_")
    if len(parts) == 2 and any(character.isdigit() for character in parts[0]):
        return parts[0]
    visit = VISIT.fullmatch(study)
    return visit["patient"] if visit else study


def _fits(case: PlannedCase, layout: Layout) -> bool:
    if layout == "picai":
        return bool(case.images)
    return case.dicom is not None or (layout == "auto" and (bool(case.images) or case.has_masks))
