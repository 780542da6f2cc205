"""Embeddings, radiomics and clinical tables. Ids are text: `001` and `1` are different, `NA` is an id."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.tables.feature_names import FeatureName, parse
from backend.science.tables.readers import IDS, Columns, read_columns
from backend.science.text_format import named
from backend.science.types import FloatArray

NOT_FEATURES = frozenset({"status", "reason"})
_DIMENSION = re.compile(r"e(\d{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    values: FloatArray  # (n_studies, n_columns)
    name: str  # file name, or the table's name in messages
    file_sha256: str | None = None
    ignored: tuple[str, ...] = ()
    _row: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_ids(self.study_id, self.patient_id, self.name)
        width = len(self.columns)
        if self.values.shape != (len(self.study_id), width):
            raise BadTable(
                f"{self.name}: {self.values.shape} values do not fit {len(self.study_id)} studies and {width} columns."
            )
        object.__setattr__(self, "_row", {study: row for row, study in enumerate(self.study_id)})

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `values`."""
        raise NotImplementedError

    def rows(self, studies: Sequence[str]) -> NDArray[np.intp]:
        """Row numbers of studies by id."""
        return np.array([self._row[study] for study in studies], dtype=np.intp)

    def patient_of(self) -> dict[str, str]:
        return dict(zip(self.study_id, self.patient_id, strict=True))

    def content_sha256(self) -> str:
        """Hash of ids, column names and values, the same for any order of rows and columns and any file format."""
        digest = hashlib.sha256()
        names = self.columns
        columns = np.argsort(np.array(names), kind="stable")
        studies = sorted(self.study_id)
        patients = self.patient_of()
        for word in [*(names[k] for k in columns), *(f"{study}\0{patients[study]}" for study in studies)]:
            digest.update(word.encode() + b"\n")
        digest.update(np.ascontiguousarray(self.values[np.ix_(self.rows(studies), columns)], dtype="<f8").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings(_Table):
    """Embeddings of one encoder stage: a row per study, a column per dimension, in numeric order."""

    dimensions: tuple[int, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"e{i:03d}" for i in self.dimensions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Radiomics(_Table):
    """Radiomic features as measured; missing values are NaN."""

    features: tuple[FeatureName, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(feature.column for feature in self.features)


@dataclass(frozen=True, slots=True)
class Clinical:
    """Clinical columns as text, by study."""

    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    name: str

    def split(self) -> dict[str, str] | None:
        """The given split by study id, without blank cells; None where the table has no filled `split` column."""
        words = self.columns.get("split", ("",) * len(self.study_id))
        return {study: word for study, word in zip(self.study_id, words, strict=True) if word.strip()} or None

    def check_patients(self, table: Embeddings) -> None:
        """Raise BadTable for a study that this table assigns to another patient, because the split is by patient."""
        patient_of = table.patient_of()
        for study, patient in zip(self.study_id, self.patient_id, strict=True):
            if patient_of.get(study, patient) != patient:
                raise BadTable(
                    f"study {study!r} belongs to patient {patient_of[study]!r} in {table.name} and to {patient!r} in "
                    f"{self.name}; correct the patient_id columns."
                )


def read_embeddings(path: Path) -> Embeddings:
    """Read `study_id, patient_id, e000 ...` (any width), or the arrays `study_id, patient_id, embeddings (N, d)`."""
    columns = read_columns(path, lambda name: _DIMENSION.fullmatch(name) is None)
    matches = [_DIMENSION.fullmatch(name) for name in columns.names]
    dimensions = [int(match[1]) for match in matches if match]
    if not dimensions:
        raise BadTable(f"{path.name}: there is no embedding column; name them e000, e001, and so on.")
    if len(set(dimensions)) < len(dimensions):
        raise BadTable(f"{path.name}: two columns hold the same embedding dimension; keep one.")
    order = np.argsort(dimensions)
    return Embeddings(
        study_id=_ids(columns, "study_id"),
        patient_id=_ids(columns, "patient_id"),
        values=np.ascontiguousarray(columns.values[:, order]),
        name=path.name,
        file_sha256=columns.sha256,
        ignored=tuple(name for name in columns.text if name not in IDS),
        dimensions=tuple(dimensions[i] for i in order),
    )


def read_radiomics(path: Path) -> Radiomics:
    """Read `study_id, patient_id`, then `<MODALITY>_<image type>_<class>_<Feature>`; `diagnostics_*` is ignored."""
    columns = read_columns(path, lambda name: name in IDS or _ignored(name))
    keep = _distinct_columns(columns)
    features = tuple(parse(columns.names[i], path.name) for i in keep)
    if not features:
        raise BadTable(f"{path.name}: there is no feature column; name them as in 'ADC_original_glcm_Contrast'.")
    return Radiomics(
        study_id=_ids(columns, "study_id"),
        patient_id=_ids(columns, "patient_id"),
        values=np.ascontiguousarray(columns.values[:, keep]),
        name=path.name,
        file_sha256=columns.sha256,
        ignored=tuple(name for name in columns.text if name not in IDS),
        features=features,
    )


def read_clinical(path: Path) -> Clinical:
    """Read `study_id, patient_id, pirads, volume_ml, ...`; every column stays text."""
    columns = read_columns(path, lambda _: True)
    study_id, patient_id = _ids(columns, "study_id"), _ids(columns, "patient_id")
    _check_ids(study_id, patient_id, path.name)
    rest = {name: tuple(words) for name, words in columns.text.items() if name not in IDS}
    return Clinical(study_id, patient_id, rest, path.name)


def _ignored(name: str) -> bool:
    return name in NOT_FEATURES or "diagnostics_" in name


def _distinct_columns(columns: Columns) -> list[int]:
    """Positions of columns, each name once; the same name with other values is refused."""
    first: dict[str, int] = {}
    for i, name in enumerate(columns.names):
        j = first.setdefault(name, i)
        if not np.array_equal(columns.values[:, i], columns.values[:, j], equal_nan=True):
            raise BadTable(
                f"{columns.file}: the column {name[:80]!r} stands twice with different values; keep the right one."
            )
    return list(first.values())


def _ids(columns: Columns, name: str) -> tuple[str, ...]:
    if name not in columns.text:
        why = (
            "rows are joined by it, never by position"
            if name == "study_id"
            else "patients keep their studies on one side"
        )
        raise BadTable(f"{columns.file}: there is no column {name}; add it ({why}).")
    return tuple(columns.text[name])


def _check_ids(study_id: Sequence[str], patient_id: Sequence[str], name: str) -> None:
    for column, ids in (("study_id", study_id), ("patient_id", patient_id)):
        empty = [row + 1 for row, cell in enumerate(ids) if not cell.strip()]
        if empty:
            raise BadTable(
                f"{name}: {column} is missing in {len(empty)} rows (data row {empty[0]}); give every row its id."
            )
    seen: set[str] = set()
    twice = [study for study in study_id if study in seen or seen.add(study)]  # type: ignore[func-returns-value] # add() is None
    if twice:
        raise BadTable(
            f"{name}: {len(twice)} study ids stand twice: {named([repr(study) for study in twice])}; keep one row each."
        )
