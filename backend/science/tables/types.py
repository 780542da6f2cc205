"""Embeddings, radiomics and clinical tables. Ids are text: `001` and `1` are different, `NA` is an id."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.tables.feature_names import FeatureName
from backend.science.tables.formats.columns import Unused
from backend.science.text_format import named
from backend.science.types import MODALITIES, FloatArray

IdsNamed = Literal["both", "studies", "patients"]
"""The ids a file gives: where it names studies alone, each counts as a patient, and the other way round."""
_HASHED_ROWS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    values: FloatArray  # (n_studies, n_columns)
    name: str  # file name, or the table's name in messages
    file_sha256: str | None = None
    unused: tuple[Unused, ...] = ()
    notes: tuple[str, ...] = ()
    """How the file was read, where that is not plain; findings on its ids."""
    options: frozenset[str] = frozenset()
    """Options of reading that this table had a use for."""
    ids: IdsNamed = "both"
    _row: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ids(self.study_id, self.patient_id, self.name)
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

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of the columns that were not used."""
        return tuple(one.name for one in self.unused)

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
        rows = self.rows(studies)
        for first in range(0, len(rows), _HASHED_ROWS):  # no second copy of a table of half a gigabyte
            part = self.values[np.ix_(rows[first : first + _HASHED_ROWS], columns)]
            digest.update(np.ascontiguousarray(part, dtype="<f8").tobytes())
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
    modalities: tuple[str, ...] = MODALITIES
    """Their order, as the protocol shows them; others follow by name."""
    study_of: tuple[str, ...] | None = None
    """The study of every row where a row is one lesion (`--lesions each`)."""

    def in_order(self, modalities: Sequence[str]) -> "Radiomics":
        """The same with another order of modalities. Raises BadTable for one that no feature is of."""
        known = list(dict.fromkeys(feature.modality for feature in self.features))
        unknown = [name for name in modalities if name not in known]
        if unknown:
            raise BadTable(f"{self.name} has no features of the modality {unknown[0]!r}; it has {named(known)}.")
        return replace(self, modalities=tuple(modalities))

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
    notes: tuple[str, ...] = ()
    unused: tuple[Unused, ...] = ()
    options: frozenset[str] = frozenset()
    ids: IdsNamed = "both"

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


def check_ids(study_id: Sequence[str], patient_id: Sequence[str], name: str) -> None:
    """Refuses (BadTable) rows without an id, and studies that stand twice."""
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
