"""BIDS: `sub-X[/ses-Y]/{anat,dwi}/sub-X[_ses-Y]_..._{T2w,dwi,adc}` and masks as `_label-gland_mask` or `_dseg`.

Derivatives are read like raw data. Several files of one modality are candidates, of which the geometry tells when they
are read; of diffusion images that name their b-values the highest is taken here.
Source: the Brain Imaging Data Structure specification, entities and suffixes.
"""

import csv
import io
import re
from pathlib import Path

from backend.errors import BadImage, Refusal
from backend.ingest.dicom.series import MIN_HIGH_B
from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.bids_gradients import high_b_volumes
from backend.ingest.layouts.folder_files import files_below
from backend.ingest.layouts.planned_case import Plan, PlannedCase
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_SIDE_FILE_BYTES
from backend.ingest.regions import region_of

NAME = "dataset_description.json"
B_VALUE = re.compile(r"(?:^|[_-])b(?:val)?-?(?P<b>\d+)(?=[_.-])", re.IGNORECASE)
SUFFIXES = {"t2w": "T2", "dwi": "DWI", "hbv": "DWI", "adc": "ADC", "adcmap": "ADC"}


def plan(root: Path) -> Plan:
    """The studies of a BIDS data set. Raises BadImage."""
    cases: dict[str, PlannedCase] = {}
    for path in files_below(root):
        if not path.name.startswith("sub-") or not stem(path.name):
            continue
        entities, suffix = parsed(path.name)
        if "sub" not in entities:
            continue
        study_id = "_".join(entities[key] for key in ("sub", "ses") if key in entities)
        case = cases.setdefault(study_id, PlannedCase(entities["sub"], study_id))
        try:
            _add(case, path, entities, suffix, root)
        except Refusal as refusal:  # concerns this study alone
            case.problem = refusal.sentence.removesuffix(".")
    for case in cases.values():
        try:
            _settle(case, root)
        except Refusal as refusal:
            case.problem = case.problem or refusal.sentence.removesuffix(".")
    chosen = [case for case in cases.values() if case.images or case.has_masks]
    if not chosen:
        raise BadImage(
            f"{root.name} holds no study in the layout `bids`: expected sub-X/anat/sub-X_T2w.nii.gz and so on."
        )
    chosen.sort(key=lambda case: (case.patient_id, case.study_id))
    files = {path for case in chosen for path in (*case.images.values(), *case.masks.values())}
    names = {path.name for path in files.union(*(paths for case in chosen for paths in case.choices.values()))}
    why = f"layout bids: {len(chosen)} {'session' if len(chosen) == 1 else 'sessions'} of files named sub-*."
    described = tuple(path for path in (root / NAME,) if path.is_file())
    return Plan(tuple(chosen), why, "bids", tuple(sorted(names)), described)


def _add(case: PlannedCase, path: Path, entities: dict[str, str], suffix: str, root: Path) -> None:
    modality = SUFFIXES.get(suffix, "")
    if modality == "DWI" and "adc" in (entities.get(key, "").lower() for key in ("desc", "rec", "acq", "param")):
        modality = "ADC"  # a map that was stored as `_desc-ADC_dwi`
    region = region_of(entities.get("label", entities.get("desc", "")))
    if suffix == "mask" and region in ("gland", "lesion"):
        _check_single(region, case.masks.get(region), path)
        case.masks[region] = path
    elif suffix == "dseg":
        _check_single("label map", case.labels, path)
        case.labels, case.codes = path, _codes(case, path, root)
    elif modality:
        case.choices[modality] = (*case.choices.get(modality, ()), path)


def _settle(case: PlannedCase, root: Path) -> None:
    """One file is the image; of several the study's reading chooses."""
    for modality, paths in list(case.choices.items()):
        left = _highest_b(paths) if modality == "DWI" else paths
        case.images[modality] = left[0]
        case.choices[modality] = left
        for number, path in enumerate(left if modality == "DWI" else ()):
            _pick_b(case, path, root, modality if len(left) == 1 else f"{modality} {number}")
        if len(left) == 1:
            del case.choices[modality]


def _highest_b(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Of files that all name their b-value (`acq-b1000`) the one of the highest; else all of them."""
    named = {path: B_VALUE.search(path.name) for path in paths}
    values = {path: int(match["b"]) for path, match in named.items() if match}
    highest = max(values.values(), default=0)
    if len(values) < len(paths) or highest < MIN_HIGH_B:
        return paths
    return tuple(path for path in paths if values[path] == highest)


def _check_single(what: str, first: Path | None, path: Path) -> None:
    if first is not None:
        raise BadImage(f"two files claim to be its {what} ({first.name} and {path.name}); keep one.")


def _pick_b(case: PlannedCase, path: Path, root: Path, key: str) -> None:
    """Of a 4-D file the volumes of the highest b-value in the .bval file beside it."""
    volumes, read = high_b_volumes(path, root)
    case.side_files += read
    if volumes is not None:
        case.channels[key] = volumes


def _codes(case: PlannedCase, path: Path, root: Path) -> dict[int, str]:
    """The names of a segmentation's codes from the .tsv beside it; none where there is no such file."""
    found = beside(path.parent, (f"{stem(path.name)}.tsv",), root)
    if found is None:
        return {}
    case.side_files.append(found)
    try:
        rows = list(csv.DictReader(io.StringIO(small_text(found, MAX_SIDE_FILE_BYTES), newline=""), delimiter="\t"))
    except (OSError, ValueError, csv.Error):
        raise BadImage(f"{found.name} cannot be read as a table in UTF-8 with tabs; write it again.") from None
    named = {row.get("index") or "": region_of(row.get("name") or "") for row in rows}
    return {int(code): name for code, name in named.items() if code.isdecimal() and name not in ("", "background")}


def parsed(name: str) -> tuple[dict[str, str], str]:
    """Entities (`sub`, `ses`, `label`, ...) and suffix, in small letters, of a BIDS file name."""
    *pairs, suffix = stem(name).split("_")
    entities = dict(pair.split("-", 1) for pair in pairs if re.fullmatch(r"[a-z]+-[^-]+", pair))
    return entities, suffix.lower()
