"""Files in the PI-CAI naming, and DICOM studies: which files belong to which study, decided by names alone.

`picai`: `{patient}_{study}_{t2w,hbv,adc}` and `{patient}_{study}_{gland,lesion,zones}` in any image format, in any
folders below. `dicom`: series folders of DICOM slices somewhere below the folder that holds a study's masks. `auto`
takes each study as it comes. Ids are text: `001_5` and `1_5` are two patients. Kinds and endings may be in capitals.
"""

import re
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.dicom.files import is_dicom
from backend.ingest.formats.read_image import DICOM, ENDINGS
from backend.ingest.layouts.dicom_folders import attach_dicom
from backend.ingest.layouts.folder_files import files_below
from backend.ingest.layouts.picai_labels import add_delineations, roi_of_folder
from backend.ingest.layouts.planned_case import Layout, Plan, PlannedCase, counted

IMAGES = {"t2w": "T2", "t2": "T2", "hbv": "DWI", "dwi": "DWI", "highb": "DWI", "adc": "ADC"}
FIRST = ("t2w", "hbv", "adc")
"""PI-CAI's own words; a file of another word for the same image is used where there is none of these."""
MASKS = ("gland", "lesion", "zones")
SEGMENTATION = ("seg", "segmentation", "labels")
"""Label maps whose header names their segments, as 3D Slicer writes them."""
NAME = re.compile(
    r"(?P<patient>[^_]+)_(?P<study>[^_]+?)"
    rf"(_(?P<kind>{'|'.join((*IMAGES, *MASKS, *SEGMENTATION))}))?"
    rf"(?P<suffix>(\.seg)?({'|'.join(map(re.escape, ENDINGS))}))",
    re.IGNORECASE,
)
DICOM_MASK = re.compile(
    rf"(?P<patient>[^_]+)_(?P<study>[^_]+?)_(?P<kind>{'|'.join((*MASKS, *SEGMENTATION))})(?P<suffix>\.(dcm|dicom))",
    re.IGNORECASE,
)


def plan(root: Path, layout: Layout = "auto") -> Plan:
    """What `root` holds. Raises BadImage where it holds no study in that layout."""
    cases: dict[str, PlannedCase] = {}
    series_folders: dict[Path, str] = {}
    bare: list[tuple[str, Path]] = []
    for path in files_below(root):
        match = NAME.fullmatch(path.name) or DICOM_MASK.fullmatch(path.name)
        if match and (match["kind"] or ".seg" in match["suffix"].lower()):
            _add(cases, match, path)
        elif match and (roi := roi_of_folder(path, root)):
            bare.append((roi, path))
        elif path.parent not in series_folders and is_dicom(path):
            series_folders[path.parent] = path.name
    said = add_delineations(cases, bare, root)
    attach_dicom(cases, set(series_folders), root)
    for case in cases.values():
        if layout == "dicom":
            case.images.clear()
        elif layout == "picai":
            case.dicom = None
        if case.dicom is not None and not case.images:
            _leave_to_study(case)
    chosen = [case for case in cases.values() if _fits(case, layout)]
    if not chosen:
        raise BadImage(
            f"{root.name} holds no study in the layout `{layout}`: expected files named PATIENT_STUDY_t2w.mha, "
            "_hbv, _adc and _gland.nii.gz, or DICOM series below a folder with such masks."
        )
    chosen.sort(key=lambda case: (case.patient_id, case.study_id))
    names = {path.name for case in chosen for path in (*case.images.values(), *case.masks.values())}
    names |= {case.labels.name for case in chosen if case.labels} | set(series_folders.values())
    return Plan(tuple(chosen), " ".join([_why(chosen, layout), *said]), layout, tuple(sorted(names)))


def _add(cases: dict[str, PlannedCase], match: re.Match[str], path: Path) -> None:
    study_id = f"{match['patient']}_{match['study']}"
    case = cases.setdefault(study_id, PlannedCase(match["patient"], study_id))
    kind = (match["kind"] or SEGMENTATION[0]).lower()
    if kind in SEGMENTATION:
        if case.labels is not None:
            case.problem = f"two files claim to be its label map ({case.labels.name} and {path.name}); keep one"
        case.labels = path
        return
    files, key = (case.images, IMAGES[kind]) if kind in IMAGES else (case.masks, kind)
    if key in files and _pair(files[key], path):
        return
    if key in files and kind in IMAGES:
        before = _kind(files[key])
        if (before in FIRST) != (kind in FIRST):
            files[key] = path if kind in FIRST else files[key]
            return
    if key in files:
        case.problem = f"two files claim to be its {key} ({files[key].name} and {path.name}); keep one"
    files[key] = path


def _kind(path: Path) -> str:
    match = NAME.fullmatch(path.name)
    return (match["kind"] or "").lower() if match else ""


def _pair(one: Path, other: Path) -> bool:
    """Whether two names are the header and the voxels of one image."""
    endings = {path.name.lower().removesuffix(".gz")[-4:] for path in (one, other)}
    return endings == {".hdr", ".img"} and one.name.split(".")[0] == other.name.split(".")[0]


def _leave_to_study(case: PlannedCase) -> None:
    """A mask in DICOM beside DICOM images is read with them, which shows whether it shares their space."""
    case.masks = {roi: path for roi, path in case.masks.items() if not path.name.lower().endswith(DICOM)}
    if case.labels is not None and case.labels.name.lower().endswith(DICOM):
        case.labels = None


def _fits(case: PlannedCase, layout: Layout) -> bool:
    if layout == "picai":
        return bool(case.images)
    if layout == "dicom":
        return case.dicom is not None
    return bool(case.images) or case.dicom is not None or case.has_masks


def _why(cases: list[PlannedCase], layout: Layout) -> str:
    named = sum(bool(case.images) for case in cases)
    dicom = sum(case.dicom is not None and not case.images for case in cases)
    kinds = {
        "image files in the PI-CAI naming": named,
        "DICOM series": dicom,
        "masks only": len(cases) - named - dicom,
    }
    found = ", ".join(f"{count} with {kind}" for kind, count in kinds.items() if count)
    return f"layout {layout}: {counted(cases)}, {found}."
