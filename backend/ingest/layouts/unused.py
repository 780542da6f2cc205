"""What an import leaves aside: files below the folder that belong to no study, as paths relative to it."""

from collections.abc import Iterable
from pathlib import Path

from backend.ingest.layouts.folder_files import files_below
from backend.ingest.layouts.planned_case import Plan, PlannedCase

VOXELS = (".raw", ".raw.gz", ".zraw", ".img", ".img.gz", ".hdr", ".hdr.gz")
"""Endings of the second file of an image of two."""
HEADERS = (".mhd", ".nhdr", ".hdr", ".hdr.gz", ".img", ".img.gz")


def unused_files(root: Path, planned: Plan, others: Iterable[Path]) -> list[str]:
    """Every file that no study reads and that is none of `others` (tables, lists of sums)."""
    read = {*planned.side_files, *others}
    folders: set[Path] = set()
    for case in planned.cases:
        read.update(_of(case))
        if case.dicom is not None and not case.images:
            folders.add(case.dicom)
    pairs = {path.with_name(_stem(path.name, HEADERS)) for path in read if path.name.lower().endswith(HEADERS)}
    found = []
    for path in files_below(root, folders):
        if path in read:
            continue
        if path.name.lower().endswith(VOXELS) and path.with_name(_stem(path.name, VOXELS)) in pairs:
            continue
        found.append(path.relative_to(root).as_posix())
    return found


def _of(case: PlannedCase) -> Iterable[Path]:
    labels = () if case.labels is None else (case.labels,)
    choices = (path for paths in case.choices.values() for path in paths)
    return (*case.images.values(), *case.masks.values(), *labels, *choices, *case.side_files)


def _stem(name: str, endings: Iterable[str]) -> str:
    lowered = name.lower()
    return name[: -max((len(ending) for ending in endings if lowered.endswith(ending)), default=0) or None]
