"""BIDS: `sub-X[/ses-Y]/{anat,dwi}/sub-X[_ses-Y]_..._{T2w,dwi,adc}` and masks as `_label-gland_mask` or `_dseg`.

Derivatives are read like raw data. Several files of one modality are candidates, of which the geometry tells when they
are read; of diffusion images that name their b-values the highest is taken here.
Source: the Brain Imaging Data Structure specification, entities and suffixes.
"""

import re
from functools import partial
from pathlib import Path

from backend.errors import BadImage, Refusal
from backend.ingest.dicom.series import MIN_HIGH_B
from backend.ingest.layouts.bids_gradients import high_b_volumes
from backend.ingest.layouts.bids_studies import Entities, check_single, named_codes, plan_of, studies
from backend.ingest.layouts.planned_case import Plan, PlannedCase
from backend.ingest.regions import region_of

B_VALUE = re.compile(r"(?:^|[_-])b(?:val)?-?(?P<b>\d+)(?=[_.-])", re.IGNORECASE)
SUFFIXES = {"t2w": "T2", "dwi": "DWI", "hbv": "DWI", "adc": "ADC", "adcmap": "ADC"}


def plan(root: Path) -> Plan:
    """The studies of a BIDS data set. Raises BadImage."""
    cases = studies(root, partial(_add, root))
    for case in cases:
        try:
            _settle(case, root)
        except Refusal as refusal:
            case.problem = case.problem or refusal.sentence.removesuffix(".")
    chosen = [case for case in cases if case.images or case.has_masks]
    if not chosen:
        raise BadImage(
            f"{root.name} holds no study in the layout `bids`: expected sub-X/anat/sub-X_T2w.nii.gz and so on."
        )
    return plan_of(chosen, root)


def _add(root: Path, case: PlannedCase, path: Path, entities: Entities, suffix: str) -> None:
    modality = SUFFIXES.get(suffix, "")
    if modality == "DWI" and "adc" in (entities.get(key, "").lower() for key in ("desc", "rec", "acq", "param")):
        modality = "ADC"  # a map that was stored as `_desc-ADC_dwi`
    region = region_of(entities.get("label", entities.get("desc", "")))
    if suffix == "mask" and region in ("gland", "lesion"):
        check_single(region, case.masks.get(region), path)
        case.masks[region] = path
    elif suffix == "dseg":
        check_single("label map", case.labels, path)
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


def _pick_b(case: PlannedCase, path: Path, root: Path, key: str) -> None:
    """Of a 4-D file the volumes of the highest b-value in the .bval file beside it."""
    volumes, read = high_b_volumes(path, root)
    case.side_files += read
    if volumes is not None:
        case.channels[key] = volumes


def _codes(case: PlannedCase, path: Path, root: Path) -> dict[int, str]:
    """The regions of a segmentation's codes by the table beside it; none where there is no such file."""
    named = named_codes(case, path, root, region_of) or ()
    return {code: region for code, region in named if region != "background"}
