"""The delineations of PI-CAI as downloaded: `PATIENT_STUDY.nii.gz` in folders that say what is drawn, and by whom.

Of several sets of one region (`human_expert/resampled`, `AI/Bosma22a`) one is taken for the whole cohort: of people
before programs, on the grid of the T2 before the original, then by name. Two kinds of truth are never mixed.
Source: the README of the repository picai_labels.
"""

from pathlib import Path

from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.planned_case import PlannedCase

FOLDERS = {
    "whole_gland": "gland",
    "zonal_pz_tz": "zones",
    "cspca_lesion_delineations": "lesion",
}
OF_PROGRAMS = "ai"
ON_T2_GRID = "resampled"


def roi_of_folder(path: Path, root: Path) -> str:
    """The region that the folders between a file and the root name, or nothing."""
    folders = [part.lower() for part in path.relative_to(root).parts[:-1]]
    return next((FOLDERS[part] for part in folders if part in FOLDERS), "")


def add_delineations(cases: dict[str, PlannedCase], bare: list[tuple[str, Path]], root: Path) -> list[str]:
    """Gives each study its masks from the chosen sets; a sentence for each region of which there are several sets."""
    sets: dict[str, dict[Path, list[Path]]] = {}
    for roi, path in bare:
        sets.setdefault(roi, {}).setdefault(path.parent, []).append(path)
    said = []
    for roi, folders in sorted(sets.items()):
        chosen, *others = sorted(folders, key=_rank)
        for path in folders[chosen]:
            case = cases.get(stem(path.name))
            if case is not None:
                case.masks.setdefault(roi, path)
        if others:
            names = ", ".join(_shown(folder, root) for folder in others)
            said.append(f"The {roi} masks are those of {_shown(chosen, root)}, not of {names}.")
    return said


def _rank(folder: Path) -> tuple[bool, bool, str]:
    parts = [part.lower() for part in folder.parts]
    return OF_PROGRAMS in parts, ON_T2_GRID not in parts, folder.as_posix()


def _shown(folder: Path, root: Path) -> str:
    return "/".join(folder.relative_to(root).parts[-2:])
