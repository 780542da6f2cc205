"""BIDS: `sub-X[/ses-Y]/{anat,dwi}/sub-X[_ses-Y]_..._{T2w,dwi,adc}` and masks as `_label-gland_mask` or `_dseg`.

Derivatives are read like raw data. Source: the Brain Imaging Data Structure specification, entities and suffixes.
"""

import csv
import io
import os
import re
from pathlib import Path

from backend.errors import BadImage, Refusal
from backend.ingest.dicom.series import MIN_HIGH_B
from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.planned_case import Plan, PlannedCase
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_FOLDER_ENTRIES, MAX_SIDE_FILE_BYTES
from backend.ingest.regions import USUAL, region_of

NAME = "dataset_description.json"
SUFFIXES = {"t2w": "T2", "dwi": "DWI", "hbv": "DWI", "adc": "ADC", "adcmap": "ADC"}


def plan(root: Path) -> Plan:
    """The studies of a BIDS data set. Raises BadImage."""
    cases: dict[str, PlannedCase] = {}
    for path in _files(root):
        entities, suffix = _parsed(path.name)
        if "sub" not in entities:
            continue
        study_id = "_".join(entities[key] for key in ("sub", "ses") if key in entities)
        case = cases.setdefault(study_id, PlannedCase(entities["sub"], study_id))
        try:
            _add(case, path, entities, suffix, root)
        except Refusal as refusal:  # concerns this study alone
            case.problem = refusal.sentence.removesuffix(".")
    chosen = [case for case in cases.values() if case.images or case.has_masks]
    if not chosen:
        raise BadImage(
            f"{root.name} holds no study in the layout `bids`: expected sub-X/anat/sub-X_T2w.nii.gz and so on."
        )
    chosen.sort(key=lambda case: (case.patient_id, case.study_id))
    names = {path.name for case in chosen for path in (*case.images.values(), *case.masks.values())}
    return Plan(
        tuple(chosen), f"layout bids: {len(chosen)} sessions of files named sub-*.", "bids", tuple(sorted(names))
    )


def _add(case: PlannedCase, path: Path, entities: dict[str, str], suffix: str, root: Path) -> None:
    modality = SUFFIXES.get(suffix, "")
    region = region_of(entities.get("label", entities.get("desc", "")))
    if suffix == "mask" and region in ("gland", "lesion"):
        _put(case.masks, region, path)
    elif suffix == "dseg":
        _check_single("label map", case.labels, path)
        case.labels, case.codes = path, _codes(path, root)
    elif modality:
        _put(case.images, modality, path)
        if modality == "DWI":
            _pick_b(case, path, root)


def _put(files: dict[str, Path], key: str, path: Path) -> None:
    _check_single(key, files.get(key), path)
    files[key] = path


def _check_single(what: str, first: Path | None, path: Path) -> None:
    if first is not None:
        raise BadImage(f"two files claim to be its {what} ({first.name} and {path.name}); keep one.")


def _pick_b(case: PlannedCase, path: Path, root: Path) -> None:
    """Of a 4-D file the one volume of the highest b-value in the .bval file beside it."""
    found = beside(path.parent, (f"{stem(path.name)}.bval",), root)
    if found is None:
        return
    try:
        values = [float(word) for word in small_text(found, MAX_SIDE_FILE_BYTES).split()]
    except (OSError, ValueError):
        values = []
    highest = max(values, default=0.0)
    if highest < MIN_HIGH_B or values.count(highest) != 1:
        raise BadImage(
            f"{found.name} names no single volume of a b-value of {MIN_HIGH_B:g} or more; give one high-b image."
        )
    case.channels["DWI"] = values.index(highest)


def _codes(path: Path, root: Path) -> dict[int, str]:
    """The names of a segmentation's codes, from the .tsv beside it, or the usual ones."""
    found = beside(path.parent, (f"{stem(path.name)}.tsv",), root)
    if found is None:
        return dict(USUAL)
    try:
        rows = list(csv.DictReader(io.StringIO(small_text(found, MAX_SIDE_FILE_BYTES), newline=""), delimiter="\t"))
    except (OSError, ValueError, csv.Error):
        raise BadImage(f"{found.name} cannot be read as a table in UTF-8 with tabs; write it again.") from None
    named = {row.get("index") or "": region_of(row.get("name") or "") for row in rows}
    return {int(code): name for code, name in named.items() if code.isdecimal() and name not in ("", "background")}


def _parsed(name: str) -> tuple[dict[str, str], str]:
    """Entities (`sub`, `ses`, `label`, ...) and suffix, in small letters, of a BIDS file name."""
    *pairs, suffix = stem(name).split("_")
    entities = dict(pair.split("-", 1) for pair in pairs if re.fullmatch(r"[a-z]+-[^-]+", pair))
    return entities, suffix.lower()


def _files(root: Path) -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(folder, name) for name in sorted(names) if name.startswith("sub-")]
        if len(found) > MAX_FOLDER_ENTRIES:
            raise BadImage(f"{root.name} holds more than {MAX_FOLDER_ENTRIES} files; import one cohort a folder.")
    return found
