"""A table that lists files: our own manifest, ProFound's (t2w, highb or dwi, adc, pirads), or Prostate158's.

One row a study; paths are relative to the table. Columns: study_id, patient_id, t2w, highb / dwi / hbv, adc, gland,
lesion, zones, labels (a label map), dicom (a study folder), series_t2, series_dwi, series_adc, and clinical columns.
Prostate158's own: ID, t2, t2_anatomy_reader1 (1 = TZ, 2 = PZ by its README), adc_tumor_reader1; its second readers and
t2_tumor are not used. Other columns are clinical.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.clinical import CLINICAL_COLUMNS
from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.planned_case import Plan, PlannedCase, counted
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_TABLE_BYTES
from shared.schemas.protocol import squeezed

NAME = "manifest.csv"
SUFFIXES = (".csv", ".tsv")
IMAGES = {"T2": ("t2w", "t2"), "DWI": ("highb", "dwi", "hbv"), "ADC": ("adc",)}
MASKS = {"gland": ("gland",), "lesion": ("lesion", "adc_tumor_reader1"), "zones": ("zones",)}
LABELS = ("labels", "label_map")
ANATOMY = "t2_anatomy_reader1"
PROSTATE158 = ("train.csv", "valid.csv", "test.csv")
"""Its tables; recognised by `ANATOMY` among their columns."""
OF_ANATOMY = {1: "TZ", 2: "PZ"}
IDS = ("study_id", "id")
ID_WORDS = {
    "study_id": frozenset(("studyid",)),
    "patient_id": frozenset(("patientid", "patient", "subjectid", "subject")),
}
"""Column of ids -> words that it is called by as well, without blanks, hyphens and underscores."""
KIND_WORDS = re.compile(r"[_-]?(t2w?|highb|hbv|dwi|adc|b\d{3,4})$", re.IGNORECASE)
PICAI = re.compile(r"(?P<patient>\d+)_(?P<study>\d+)")


OF_FILES = [name for names in (*IMAGES.values(), *MASKS.values(), LABELS) for name in names]
OF_SERIES = [f"series_{modality.lower()}" for modality in IMAGES]
KNOWN = frozenset((*IDS, "patient_id", "dicom", ANATOMY, *OF_FILES, *OF_SERIES, *CLINICAL_COLUMNS))


NOT_USED = frozenset(("t2_anatomy_reader2", "adc_tumor_reader2", "t2_tumor_reader1", "t2_tumor_reader2"))
"""Files of Prostate158 that are not used."""


@dataclass(frozen=True)
class Table:
    """The rows of a manifest by column in small letters, the columns, and each as it is written."""

    rows: list[dict[str, str]]
    columns: list[str]
    written: dict[str, str]

    def others(self, row: dict[str, str], known: frozenset[str]) -> dict[str, str]:
        """The cells of columns that are not known, by the name as it is written."""
        return {self.written[name]: cell for name, cell in row.items() if name and name not in known}


def plan(*paths: Path) -> Plan:
    """The studies that one table lists, or several of one data set. Raises BadImage where it is no such table."""
    cases: dict[str, PlannedCase] = {}
    headings: list[str] = []
    for path in paths:
        table = _table(path)
        columns = table.columns
        headings += [table.written[name] for name in columns if name and name not in (*KNOWN, *NOT_USED)]
        for number, row in enumerate(table.rows, start=2):
            case = _case(path.parent, row, f"{path.name}, row {number}")
            case.others = table.others(row, KNOWN | NOT_USED)
            if case.study_id in cases:
                raise BadImage(
                    f"{path.name}, row {number}: study {case.study_id} is listed twice; keep one, or add a study_id "
                    "column."
                )
            cases[case.study_id] = case
    named = " and ".join(path.name for path in paths)
    if not cases:
        raise BadImage(f"{named} lists no study; add a row for each.")
    ordered = sorted(cases.values(), key=lambda case: (case.patient_id, case.study_id))
    kind = "Prostate158's columns" if ANATOMY in columns else "a manifest"
    if ANATOMY not in columns and "study_id" not in columns and "t2w" in columns:
        kind = "ProFound's columns"
    names = {each.name for case in ordered for each in (*case.images.values(), *case.masks.values())}
    why = f"layout manifest: {named} with {kind}, {counted(ordered)}."
    return Plan(tuple(ordered), why, "manifest", tuple(sorted(names)), paths, tuple(dict.fromkeys(headings)))


def of_prostate158(root: Path) -> list[Path]:
    """The tables of Prostate158 in a folder, by name and columns."""
    found = [path for name in PROSTATE158 if (path := beside(root, (name,)))]
    return [path for path in found if ANATOMY in _first_line(path)]


def _first_line(path: Path) -> str:
    try:
        return small_text(path, MAX_TABLE_BYTES).split("\n", 1)[0].lower()
    except (OSError, ValueError):
        return ""


def _table(path: Path) -> Table:
    table = listing(path)
    if not {name for names in IMAGES.values() for name in names} & {*table.columns} and "dicom" not in table.columns:
        raise BadImage(f"{path.name} has no column t2w, dwi, adc or dicom; it cannot be read as a manifest.")
    return table


def table_of(path: Path) -> Table:
    """A table with commas, semicolons or tabs. Raises BadImage."""
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
    if doubled:
        raise BadImage(f"{path.name} has the column {doubled[0]!r} twice; it cannot be read as a manifest.")
    if any(len(line) != len(columns) for line in lines):
        raise BadImage(f"{path.name} has a row with more or fewer cells than columns; check its quotes.")
    rows = [dict(zip(columns, (cell.strip() for cell in line), strict=True)) for line in lines]
    return Table(rows, columns, dict(zip(columns, (name.strip() for name in head), strict=True)))


def listing(path: Path) -> Table:
    """The table of a manifest: a column such as `Study ID` is the study_id, where no other is. Raises BadImage."""
    table = table_of(path)
    renamed: dict[str, str] = {}
    for own, words in ID_WORDS.items():
        named = [name for name in table.columns if squeezed(name) in words]
        if named and own not in table.columns:
            renamed[named[0]] = own
    if not renamed:
        return table
    rows = [{renamed.get(name, name): cell for name, cell in row.items()} for row in table.rows]
    written = {renamed.get(name, name): heading for name, heading in table.written.items()}
    return Table(rows, [renamed.get(name, name) for name in table.columns], written)


def _case(folder: Path, row: dict[str, str], where: str) -> PlannedCase:
    def cell(*names: str) -> str:
        return next((row[name] for name in names if row.get(name)), "")

    files = {modality: cell(*names) for modality, names in IMAGES.items()}
    study = cell(*IDS) or id_from_name(files["T2"] or cell("dicom"))
    patient = cell("patient_id") or (match["patient"] if (match := PICAI.fullmatch(study)) else study)
    if not study:
        raise BadImage(f"{where} has neither a study id nor a T2 file to name it by; add one.")
    if patient != study and not study.startswith(f"{patient}_"):
        study = f"{patient}_{study}"
    labels = cell(*LABELS, ANATOMY)
    stated = bool(labels) and labels == row.get(ANATOMY)
    series = {modality: row[name] for modality, name in zip(IMAGES, OF_SERIES, strict=True) if row.get(name)}
    of_files = series and (not cell("dicom") or any(files.values()))
    return PlannedCase(
        patient,
        study,
        images={modality: listed_path(folder, name, where) for modality, name in files.items() if name},
        masks={roi: listed_path(folder, cell(*names), where) for roi, names in MASKS.items() if cell(*names)},
        dicom=listed_path(folder, cell("dicom"), where) if cell("dicom") else None,
        labels=listed_path(folder, labels, where) if labels else None,
        codes=OF_ANATOMY if stated else {},
        series=series,
        problem="its row names a DICOM series, but its images are files; name a `dicom` folder alone"
        if of_files
        else "",
        clinical={name: row[name] for name in CLINICAL_COLUMNS if row.get(name)},
    )


def listed_path(folder: Path, name: str, where: str) -> Path:
    """The file that a cell names. Raises BadImage."""
    if "\0" in name or len(name) > 1000:
        raise BadImage(f"{where} holds a path that cannot be one; correct it.")
    return folder / (name if (folder / name).exists() else name.replace("\\", "/"))  # tables written on Windows


def id_from_name(file: str) -> str:
    """An id from a file's name; where all files are called t2w, from their folder's."""
    path = Path(file)
    bare = KIND_WORDS.sub("", stem(path.name) or path.name)
    return bare or path.parent.name
