"""Radiomics of several files or modalities side by side: one row a study, absent values left missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.errors import BadTable
from backend.science.tables.types import Radiomics


def side_by_side(tables: Sequence[Radiomics], name: str) -> Radiomics:
    """One table with the features of all, by study id; a study that one of them lacks has no values there.

    Raises BadTable where a feature stands in two tables, or a study under two patients.
    """
    if len(tables) == 1:
        return tables[0]
    patients: dict[str, str] = {}
    study_of: dict[str, str] = {}
    for table in tables:
        for row, (study, patient) in enumerate(zip(table.study_id, table.patient_id, strict=True)):
            if patients.setdefault(study, patient) != patient:
                raise BadTable(
                    f"study {study!r} belongs to patient {patients[study]!r} in one table of the radiomics and to "
                    f"{patient!r} in {table.name}; correct the ids."
                )
            study_of[study] = table.study_of[row] if table.study_of else study
    features = [feature for table in tables for feature in table.features]
    twice = [feature.column for feature in features if features.count(feature) > 1] if _repeats(features) else []
    if twice:
        raise BadTable(f"{name}: {twice[0]!r} stands in two tables of the radiomics; keep it in one.")
    studies = tuple(patients)
    values = np.full((len(studies), len(features)), np.nan)
    start = 0
    for table in tables:
        rows = {study: row for row, study in enumerate(table.study_id)}
        here = [place for place, study in enumerate(studies) if study in rows]
        width = len(table.features)
        values[here, start : start + width] = table.values[[rows[studies[place]] for place in here]]
        start += width
    lesions = any(table.study_of is not None for table in tables)
    return Radiomics(
        study_id=studies,
        patient_id=tuple(patients.values()),
        values=values,
        name=name,
        features=tuple(features),
        study_of=tuple(study_of[study] for study in studies) if lesions else None,
        notes=tuple(note for table in tables for note in table.notes),
        unused=tuple(one for table in tables for one in table.unused),
        options=frozenset().union(*(table.options for table in tables)),
    )


def of_files(tables: Mapping[Path, Radiomics]) -> Radiomics:
    """The radiomics of several files as one table, its notes with the name of the file they are about."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    told = [replace(table, notes=tuple(f"{table.name}: {note}" for note in table.notes)) for table in tables.values()]
    return side_by_side(told, " + ".join(path.name for path in tables))


def _repeats(features: Sequence[object]) -> bool:
    return len(set(features)) < len(features)
