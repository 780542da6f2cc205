"""The clinical table of a cohort: our own columns, or the marksheet of PI-CAI. Ids stay text.

`001`, `1` and `NA` are three patients, so the file is read as text and every number is converted by name.
Columns that are not listed here stay text (`others`). Capital and small letters of a column's name are the same.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

from backend.errors import BadTable
from backend.ingest.identifiers.sentences import shown, shown_column
from backend.ingest.limits import MAX_TABLE_BYTES
from shared.schemas.protocol import squeezed

BLANK = frozenset({"", "n/a", "na", "nan", "none", "null", "unknown"})
# our field -> the columns it may come from, in small letters; the first that exists is taken
COLUMNS = {
    "pirads": ("pirads", "lesion_pirads"),
    "volume_ml": ("volume_ml", "prostate_volume"),
    "psa": ("psa",),
    "isup": ("isup", "case_isup"),
    "age": ("age", "patient_age"),
    "center": ("center",),
    "split": ("split",),
    "cspca": ("cspca", "case_cspca"),
    "scanner": ("scanner", "scanner_model", "manufacturer_model"),
    "field_t": ("field_t", "field_strength", "magnetic_field_strength"),
}
IDS = {
    "study": ("studyid", "study"),
    "patient": ("patientid", "patient", "subjectid", "subject", "caseid"),
}
"""Kind of id -> the columns that may hold it, without blanks, hyphens and underscores; the first that exists is taken,
and one kind is enough."""
CLINICAL_COLUMNS = tuple(name for names in COLUMNS.values() for name in names)


@dataclass(frozen=True)
class ClinicalRow:
    """The clinical data of one study in mL, ng/mL, years and tesla; None where the table has none.

    `others` are the cells of all other columns, by the name as it is written.
    """

    study_id: str
    patient_id: str
    pirads: int | None = None
    volume_ml: float | None = None
    psa: float | None = None
    isup: int | None = None
    age: float | None = None
    center: str | None = None
    split: str | None = None
    cspca: bool | None = None
    scanner: str | None = None
    field_t: float | None = None
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[str, ...]:
        """The kept cells that are free text."""
        return tuple(text for text in (self.center, self.scanner, self.split) if text)


class ClinicalTable:
    """Rows by patient and study. A study id may be written with or without the patient's in front (`11373_1001396`).

    A row without a study id is of every study of its patient, one without a patient's id of the study alone.
    """

    def __init__(self, rows: Iterable[ClinicalRow], columns: Sequence[str] = ()) -> None:
        self.rows = tuple(rows)
        self.columns = tuple(columns)
        self._by_study: dict[tuple[str, str], ClinicalRow] = {}
        for row in self.rows:
            key = (row.patient_id, _full_id(row.patient_id, row.study_id))
            if key in self._by_study:
                what = f"study {shown(row.study_id)}" if row.study_id else f"patient {shown(row.patient_id)}"
                raise BadTable(f"The clinical table has two rows for {what}; keep one.")
            self._by_study[key] = row

    def row(self, patient_id: str, study_id: str) -> ClinicalRow | None:
        """The row of a study of this patient."""
        full = _full_id(patient_id, study_id)
        keys = (
            (patient_id, full),
            (patient_id, ""),
            ("", full),
            ("", study_id),
            ("", full.removeprefix(f"{patient_id}_")),
        )
        return next((row for key in keys if (row := self._by_study.get(key))), None)


def read_clinical(path: Path) -> ClinicalTable:
    """Reads a clinical CSV. Raises BadTable with the row and column of what cannot be used."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TABLE_BYTES + 1)
    except OSError:
        raise BadTable(f"The clinical table {path.name} cannot be opened; check the name.") from None
    if len(content) > MAX_TABLE_BYTES:
        raise BadTable(f"The clinical table {path.name} is larger than 64 MB; keep the columns that are needed.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable(f"The clinical table {path.name} is not UTF-8 text; save it as CSV (UTF-8).") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        head, *lines = [*csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)] or [[]]
    except csv.Error:
        raise BadTable(f"The clinical table {path.name} is no CSV; check its quotes.") from None
    return clinical_table(head, [line for line in lines if line], path.name)


def clinical_table(head: Sequence[str], lines: Iterable[Sequence[str]], name: str) -> ClinicalTable:
    """The table of these columns and rows of cells; `name` is the file's, for sentences. Raises BadTable."""
    columns = [column.strip() for column in head]
    lowered = [column.lower() for column in columns]
    _check_columns(lowered, name)
    words = {squeezed(column): column for column in reversed(lowered)}
    ids = {kind: next((words[word] for word in known if word in words), "") for kind, known in IDS.items()}
    if not any(ids.values()):
        raise BadTable(f"{name} has no column study_id or patient_id, by which studies are joined; add one.")
    rows = [_row(columns, cells, ids, f"{name}, row {n}") for n, cells in enumerate(lines, start=2)]
    return ClinicalTable(rows, columns)


def _check_columns(columns: Sequence[str], name: str) -> None:
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise BadTable(f"{name} has the column {shown_column(doubled[0])} twice; keep one.")


def _row(columns: Sequence[str], given: Sequence[str], ids: Mapping[str, str], where: str) -> ClinicalRow:
    if len(given) != len(columns):
        raise BadTable(f"{where} has more or fewer cells than the header; check its quotes and separators.")
    cells = {column.lower(): cell for column, cell in zip(columns, given, strict=True)}
    study_id, patient_id = (cells[ids[kind]].strip() if ids[kind] else "" for kind in IDS)
    if any(ids[kind] and not found for kind, found in zip(IDS, (study_id, patient_id), strict=True)):
        raise BadTable(f"{where} has no study or patient id; fill it in or remove the row.")
    own = {*ids.values(), *CLINICAL_COLUMNS}
    others = {name: cell.strip() for name, cell in zip(columns, given, strict=True) if name and name.lower() not in own}
    return replace(clinical_row(study_id, patient_id, cells, where), others=others)


def clinical_row(study_id: str, patient_id: str, cells: Mapping[str, str | None], where: str) -> ClinicalRow:
    """What a row says of a study; `cells` by column in small letters, unknown ones are left alone. Raises BadTable."""
    text = {
        key: next((cells[column] or "" for column in names if column in cells), "").strip()
        for key, names in COLUMNS.items()
    }
    return ClinicalRow(
        study_id=study_id,
        patient_id=patient_id,
        pirads=_highest(text["pirads"], 1, 5, f"{where}: PI-RADS"),
        volume_ml=_number(text["volume_ml"], f"{where}: volume"),
        psa=_number(text["psa"], f"{where}: PSA"),
        isup=_highest(text["isup"], 0, 5, f"{where}: ISUP"),
        age=_number(text["age"], f"{where}: age"),
        center=text["center"] or None,
        split=text["split"] or None,
        cspca=_yes_no(text["cspca"], where),
        scanner=text["scanner"] or None,
        field_t=_number(text["field_t"], f"{where}: field strength"),
    )


def _highest(cell: str, low: int, high: int, where: str) -> int | None:
    """The largest of a comma list such as "4,N/A,3"; None where all are blank."""
    numbers = [_number(part.strip(), where) for part in cell.split(",")]
    grades = [number for number in numbers if number is not None]
    if any(grade != int(grade) or not low <= grade <= high for grade in grades):
        raise BadTable(f"{where} is {shown(cell)}, expected whole numbers from {low} to {high}.")
    return int(max(grades)) if grades else None


def _number(cell: str, where: str) -> float | None:
    if cell.lower() in BLANK:
        return None
    try:
        number = float(cell)
    except ValueError:
        number = -1.0
    if not isfinite(number) or number < 0:
        raise BadTable(f"{where} is {shown(cell)!r}, expected a number that is not negative or nothing.")
    return number


def _yes_no(cell: str, where: str) -> bool | None:
    answers = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
    if cell.lower() in BLANK:
        return None
    if cell.lower() not in answers:
        raise BadTable(f"{where}: csPCa is {shown(cell)!r}, expected YES, NO or nothing.")
    return answers[cell.lower()]


def _full_id(patient_id: str, study_id: str) -> str:
    if not study_id or not patient_id:
        return study_id
    return study_id if study_id.startswith(f"{patient_id}_") else f"{patient_id}_{study_id}"
