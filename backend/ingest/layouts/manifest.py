"""A table that lists files: our own manifest, or ProFound's (t2w, highb or dwi, adc, pirads).

One row a study; paths are relative to the table. Columns: study_id, patient_id, t2w, highb / dwi / hbv, adc, gland,
lesion, zones, labels (a label map), dicom (a study folder), series_t2, series_dwi, series_adc, and clinical columns.
"""

import csv
import io
import re
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.clinical import CLINICAL_COLUMNS
from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.planned_case import Plan, PlannedCase, counted
from backend.ingest.layouts.side_files import small_text
from backend.ingest.limits import MAX_TABLE_BYTES
from backend.ingest.regions import USUAL

NAME = "manifest.csv"
SUFFIXES = (".csv", ".tsv")
IMAGES = {"T2": ("t2w", "t2"), "DWI": ("highb", "dwi", "hbv"), "ADC": ("adc",)}
MASKS = ("gland", "lesion", "zones")
KIND_WORDS = re.compile(r"[_-]?(t2w?|highb|hbv|dwi|adc|b\d{3,4})$", re.IGNORECASE)
PICAI = re.compile(r"(?P<patient>\d+)_(?P<study>\d+)")


def plan(path: Path) -> Plan:
    """The studies a table lists. Raises BadImage where it is no such table."""
    rows, columns = _table(path)
    cases: dict[str, PlannedCase] = {}
    for number, row in enumerate(rows, start=2):
        case = _case(path.parent, row, f"{path.name}, row {number}")
        if case.study_id in cases:
            raise BadImage(
                f"{path.name}, row {number}: study {case.study_id} is listed twice; keep one, or add a study_id column."
            )
        cases[case.study_id] = case
    if not cases:
        raise BadImage(f"{path.name} lists no study.")
    ordered = sorted(cases.values(), key=lambda case: (case.patient_id, case.study_id))
    kind = "ProFound's columns" if "study_id" not in columns and "t2w" in columns else "a manifest"
    names = {each.name for case in ordered for each in (*case.images.values(), *case.masks.values())}
    return Plan(tuple(ordered), f"layout manifest: {path.name} with {kind}, {counted(ordered)}.", "manifest",
                tuple(sorted(names)))  # fmt: skip


def _table(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    try:
        text = small_text(path, MAX_TABLE_BYTES)
    except (OSError, ValueError):
        raise BadImage(f"There is no manifest {path.name} that can be read as UTF-8 text; add it.") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        head, *lines = [row for row in reader if any(cell.strip() for cell in row)] or [[]]
    except csv.Error:
        raise BadImage(f"{path.name} is no CSV; check its quotes.") from None
    columns = [name.strip().lower() for name in head]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled or (not {name for names in IMAGES.values() for name in names} & {*columns} and "dicom" not in columns):
        what = f"the column {doubled[0]!r} twice" if doubled else "no column t2w, dwi, adc or dicom"
        raise BadImage(f"{path.name} has {what}; it cannot be read as a manifest.")
    if any(len(line) != len(columns) for line in lines):
        raise BadImage(f"{path.name} has a row with more or fewer cells than columns; check its quotes.")
    return [dict(zip(columns, (cell.strip() for cell in line), strict=True)) for line in lines], columns


def _case(folder: Path, row: dict[str, str], where: str) -> PlannedCase:
    def cell(*names: str) -> str:
        return next((row[name] for name in names if row.get(name)), "")

    files = {modality: cell(*names) for modality, names in IMAGES.items()}
    study = cell("study_id") or _id_from_name(files["T2"] or cell("dicom"))
    patient = cell("patient_id") or (match["patient"] if (match := PICAI.fullmatch(study)) else study)
    if not study:
        raise BadImage(f"{where} has neither a study id nor a T2 file to name it by; add one.")
    if patient != study and not study.startswith(f"{patient}_"):
        study = f"{patient}_{study}"
    labels = cell("labels", "label_map")
    return PlannedCase(
        patient,
        study,
        images={modality: _path(folder, name, where) for modality, name in files.items() if name},
        masks={roi: _path(folder, cell(roi), where) for roi in MASKS if cell(roi)},
        dicom=_path(folder, cell("dicom"), where) if cell("dicom") else None,
        labels=_path(folder, labels, where) if labels else None,
        codes=USUAL if labels else {},
        series={modality: row[name] for modality in IMAGES if row.get(name := f"series_{modality.lower()}")},
        clinical={name: row[name] for name in CLINICAL_COLUMNS if row.get(name)},
    )


def _path(folder: Path, name: str, where: str) -> Path:
    if "\0" in name or len(name) > 1000:
        raise BadImage(f"{where} holds a path that cannot be one.")
    return folder / name


def _id_from_name(file: str) -> str:
    """An id from a file's name; where all files are called t2w, from their folder's."""
    path = Path(file)
    bare = KIND_WORDS.sub("", stem(path.name) or path.name)
    return bare or path.parent.name
