"""Which study a folder of DICOM slices is of, decided by where it lies."""

from pathlib import Path

from backend.ingest.layouts.planned_case import PlannedCase

GENERIC = frozenset(("dicom", "dicoms", "scans", "images", "study"))


def attach_dicom(cases: dict[str, PlannedCase], series_folders: set[Path], root: Path) -> None:
    """Gives each DICOM folder to the study whose masks lie in it or in the nearest folder above it."""
    of_folder: dict[Path, set[str]] = {}
    for case in cases.values():
        for mask in (*case.masks.values(), *([case.labels] if case.labels else [])):
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
        parts = [part for part in folder.relative_to(root).parts if part.lower() not in GENERIC] or [folder.name]
        study_id = "_".join(parts)
        cases[study_id] = PlannedCase(parts[0], study_id, dicom=folder)


def _study_folder(series: Path, root: Path) -> Path:
    """The folder that holds a series without masks and its sisters: patient/study/series, or patient/series."""
    return series if root in (series, series.parent) else series.parent
