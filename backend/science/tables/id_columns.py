"""Which columns hold ids of studies and patients, and how ids are read. Ids are text: `001` and `1` differ."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import BadTable
from backend.science.tables.formats.columns import Columns
from backend.science.tables.options import TableOptions
from backend.science.tables.types import IdsNamed
from backend.science.text_format import named

STUDY = (
    *("studyid", "study", "studyuid", "studyinstanceuid", "examid", "exam", "accessionnumber", "accession"),
    *("caseid", "case", "scanid", "scan", "obsnames", "studyids", "caseids", "ids", "id", "sampleid", "sample"),
)
PATIENT = (
    *("patientid", "patient", "pid", "patid", "ptid", "patientids", "subjectid", "subject", "sub", "subjid"),
    *("participantid", "participant"),
)
"""Names of columns without case, spaces, `_`, `-` and `.`, the most telling first."""
UNNAMED = ("", "unnamed: 0", "index", "__index_level_0__")
"""What a row index is called that was written without a name."""
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+")
_DROPPED = re.compile(r"[\s_\-.]")
_WHOLE = re.compile(r"\d+\.0+")
_DECIMAL = re.compile(r"[+-]?\d+\.\d+(?:e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a table's rows, and the columns they come from; `patient_column` is empty where none is given."""

    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    study_column: str
    patient_column: str
    notes: tuple[str, ...]
    options: frozenset[str]

    @property
    def named(self) -> IdsNamed:
        """Which ids the table gives; the other ones are copies of them."""
        if self.study_column and self.patient_column:
            return "patients" if self.study_column == self.patient_column else "both"
        return "studies"


def study_column(names: Sequence[str]) -> str | None:
    """The column that names the study. Raises BadTable where two are called the same but for their spelling."""
    return _first(names, STUDY)


def patient_column(names: Sequence[str]) -> str | None:
    """The column that names the patient."""
    return _first(names, PATIENT)


def id_names(names: Sequence[str], options: TableOptions) -> tuple[str | None, str | None]:
    """The columns of study and patient in a header, those named by options first. Raises BadTable as `study_column`."""
    study = options.study_id_column if options.study_id_column in names else None
    patient = options.patient_id_column if options.patient_id_column in names else None
    study = study or study_column([name for name in names if name != patient])
    patient = patient or patient_column([name for name in names if name != study])
    if study is None and patient is None and names and names[0].lower() in UNNAMED:
        return names[0], None
    return study, patient


def _first(names: Sequence[str], known: tuple[str, ...]) -> str | None:
    plain = [(_DROPPED.sub("", name).lower(), name) for name in names]
    for word in known:
        found = list(dict.fromkeys(name for bare, name in plain if bare == word))
        exact = [name for name in found if name in ("study_id", "patient_id")]
        if len(found) > 1 and not exact:
            raise BadTable(
                f"the columns {named([repr(name) for name in found])} could all hold ids; keep one, or name it with "
                "--study-id-column."
            )
        if found:
            return (exact or found)[0]
    return None


def ids_of(columns: Columns, options: TableOptions) -> Ids:
    """The ids of every row. Raises BadTable where no column holds any, or they are decimal numbers."""
    study, patient = id_names(list(columns.text), options)
    study, patient = _exactly(study, columns), _exactly(patient, columns)
    if study is not None and study.lower() in UNNAMED and _counts_rows(columns.text[study]):
        study = None  # row numbers are no ids
    if study is None and patient is None:
        raise BadTable(
            f"{columns.file}: there is no column of ids (study_id, patient_id, ID, case, subject); add one, or name it "
            f"with --study-id-column{_there(columns)}. Rows are joined by id, never by position."
        )
    notes: list[str] = []
    studies = _clean(columns, study or patient or "", notes)
    patients = _clean(columns, patient, notes) if patient and study else studies
    if study is None:
        notes.append(f"ids of studies are those of {patient!r}: one study a patient")
    elif patient is None:
        notes.append("no ids of patients: every study counts as a patient of its own")
    named_study = study or patient or ""
    if named_study != "study_id" and study is not None:
        where = repr(named_study) if named_study.lower() not in UNNAMED else "the index, which has no name"
        notes.append(f"ids of studies are in {where}")
    if patient not in (None, "patient_id") and study is not None:
        notes.append(f"ids of patients are in {patient!r}")
    used = {"study_id_column"} if options.study_id_column in (study, patient) and options.study_id_column else set()
    used |= {"patient_id_column"} if options.patient_id_column and options.patient_id_column == patient else set()
    return Ids(tuple(studies), tuple(patients), named_study, patient or "", tuple(notes), frozenset(used))


def _counts_rows(cells: Sequence[str]) -> bool:
    """Whether these are the numbers of the rows, from 0 or 1."""
    return any([cell.partition(".")[0] for cell in cells] == [str(i) for i in range(n, n + len(cells))] for n in (0, 1))


def _exactly(name: str | None, columns: Columns) -> str | None:
    return name if name in columns.text else None


def _there(columns: Columns) -> str:
    names = [repr(name) for name in columns.header if name.strip()]
    return f" (its columns are {named(names)})" if names else ""


def _clean(columns: Columns, name: str, notes: list[str]) -> list[str]:
    """Ids without blanks around them; `1.0` is read as `1` where every id of the column is a whole decimal number."""
    found = columns.text[name]
    ids = [cell.strip() for cell in found]
    if ids != found:
        notes.append(f"blanks around the ids in {name!r} are left out")
    filled = [cell for cell in ids if cell]
    shortened = next((cell for cell in filled if _SHORTENED.fullmatch(cell)), None)
    if shortened:
        raise BadTable(
            f"{columns.file}: the column {name!r} holds {shortened!r}, an id of which a spreadsheet kept the first "
            "digits alone; export the table again with this column as text."
        )
    if filled and all(_WHOLE.fullmatch(cell) for cell in filled):
        notes.append(f"the ids in {name!r} are decimal numbers: 1.0 is read as 1, and leading zeros may be lost")
        return [cell.partition(".")[0] for cell in ids]
    if name in columns.numeric_ids:
        if any(_DECIMAL.fullmatch(cell) for cell in filled):
            raise BadTable(
                f"{columns.file}: the column {name!r} holds decimal numbers; ids are text, save the column as text."
            )
        notes.append(f"the ids in {name!r} are stored as numbers: leading zeros may be lost (001 became 1)")
    return ids
