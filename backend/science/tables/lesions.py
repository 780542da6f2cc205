"""Several rows of radiomics a study, one a lesion: the largest, their mean, or each as a row of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.errors import BadTable
from backend.science.tables.options import Lesions
from backend.science.tables.types import Clinical, Embeddings, Radiomics
from backend.science.text_format import named
from backend.science.types import FloatArray

VOLUMES = (
    *("shape_VoxelVolume", "shape_MeshVolume", "shape_Volume", "Mask-original_VoxelNum", "general_info_VoxelNum"),
    *("morph_volume", "morph_vol", "volume_ml", "lesion_ml", "volume"),
)
"""Ends of the names of columns that say how large a lesion is, the first that is there counts."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one modality: ids, values (n, k), and the size of what each row measures, where known."""

    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    values: FloatArray
    size: FloatArray | None = None
    study_of: tuple[str, ...] | None = None

    def several(self) -> list[str]:
        """The studies with more than one row."""
        counts: dict[str, int] = {}
        for study in self.study_id:
            counts[study] = counts.get(study, 0) + 1
        return [study for study, count in counts.items() if count > 1]


def volume_column(names: Sequence[str]) -> str | None:
    """The column that says how large a lesion is."""
    return next((name for end in VOLUMES for name in names if name.lower().endswith(end.lower())), None)


def one_row_each(rows: Rows, lesions: Lesions | None, file: str, differing: str) -> Rows:
    """One row a study, or a row a lesion with ids `STUDY#1`. Raises BadTable where it is not said which.

    `differing` names the columns that tell rows of a study apart, for the sentence.
    """
    several = rows.several()
    if not several:
        return replace(rows, study_of=rows.study_id) if lesions == "each" else rows
    if lesions is None:
        count = rows.study_id.count(several[0])
        raise BadTable(
            f"{file}: {len(several)} studies have several rows ({several[0]!r} has {count}{differing}); say what to do "
            "with several lesions by --lesions largest, mean or each, or keep one region a file."
        )
    _check_patients(rows, file)
    places: dict[str, list[int]] = {}
    for row, study in enumerate(rows.study_id):
        places.setdefault(study, []).append(row)
    if lesions == "each":
        order = [row for group in places.values() for row in group]
        numbers = {row: n for group in places.values() for n, row in enumerate(group, start=1)}
        return Rows(
            tuple(f"{rows.study_id[row]}#{numbers[row]}" for row in order),
            tuple(rows.patient_id[row] for row in order),
            rows.values[order],
            study_of=tuple(rows.study_id[row] for row in order),
        )
    patients = tuple(rows.patient_id[group[0]] for group in places.values())
    if lesions == "mean":
        means = np.array([rows.values[group].mean(axis=0) for group in places.values()])
        return Rows(tuple(places), patients, means)
    largest = [group[_largest(rows, group, file)] for group in places.values()]
    return Rows(tuple(places), patients, rows.values[largest])


def _largest(rows: Rows, group: list[int], file: str) -> int:
    if len(group) == 1:
        return 0
    if rows.size is None:
        raise BadTable(
            f"{file}: no column says how large a lesion is (such as shape_VoxelVolume or "
            "diagnostics_Mask-original_VoxelNum), so --lesions largest cannot be told; add one, or use mean or each."
        )
    sizes = rows.size[group]
    if not np.isfinite(sizes).all():
        raise BadTable(
            f"{file}: the size of a lesion of study {rows.study_id[group[0]]!r} is missing; fill it in, or use "
            "--lesions mean or each."
        )
    return int(np.argmax(sizes))


def _check_patients(rows: Rows, file: str) -> None:
    known: dict[str, str] = {}
    for study, patient in zip(rows.study_id, rows.patient_id, strict=True):
        if known.setdefault(study, patient) != patient:
            raise BadTable(
                f"{file}: study {study!r} belongs to patient {known[study]!r} in one row and to {patient!r} in "
                "another; correct the ids."
            )


def repeated(table: Embeddings, radiomics: Radiomics) -> Embeddings:
    """The embedding of a study for each of its lesions, where rows of the radiomics are lesions; else as it is.

    Studies without a lesion keep their row, so that they are named as absent from the radiomics.
    """
    if radiomics.study_of is None:
        return table
    pairs, rows = _pairs(table.study_id, radiomics)
    patients = tuple(table.patient_id[row] for row in rows)
    return replace(table, study_id=pairs, patient_id=patients, values=np.ascontiguousarray(table.values[rows]))


def repeated_clinical(table: Clinical, radiomics: Radiomics) -> Clinical:
    """The clinical row of a study for each of its lesions."""
    if radiomics.study_of is None:
        return table
    pairs, rows = _pairs(table.study_id, radiomics)
    columns = {name: tuple(cells[row] for row in rows) for name, cells in table.columns.items()}
    patients = tuple(table.patient_id[row] for row in rows)
    return replace(table, study_id=pairs, patient_id=patients, columns=columns)


def _pairs(study_id: tuple[str, ...], radiomics: Radiomics) -> tuple[tuple[str, ...], list[int]]:
    lesions: dict[str, list[str]] = {}
    for lesion, study in zip(radiomics.study_id, radiomics.study_of or (), strict=True):
        lesions.setdefault(study, []).append(lesion)
    found = [(lesion, row) for row, study in enumerate(study_id) for lesion in lesions.get(study, [study])]
    return tuple(lesion for lesion, _ in found), [row for _, row in found]


def row_labels(differing: Sequence[str]) -> str:
    """`, told apart by 'Mask'`, for the sentence of a refusal."""
    return f", told apart by {named([repr(name) for name in differing])}" if differing else ""
