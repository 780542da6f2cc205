"""Ids that one table lacks, taken from the others: the patient of a study, or the one study of a patient."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from backend.errors import BadTable
from backend.science.tables.types import Clinical, Embeddings, Radiomics

Table = Embeddings | Radiomics | Clinical
One = TypeVar("One", bound=Embeddings | Radiomics | Clinical)
_REPLACED = ("counts as a patient of its own", "one study a patient")


def with_shared_ids(table: One, tables: Sequence[Table]) -> One:
    """The table with the ids it does not give itself, where another one gives both.

    Ids that are studies of the others take their patients. Ids that are patients of the others take the study of each,
    and are refused (BadTable) where a patient has several. What no other table knows stays as it was read.
    """
    full = [other for other in tables if other.ids == "both"]
    if table.ids == "both" or not full:
        return table
    patient_of = {s: p for other in full for s, p in zip(studies_of(other), other.patient_id, strict=True)}
    named = studies_of(table)
    if patient_of.keys() & set(named):
        found = tuple(patient_of.get(study, study) for study in named)
        return replace(table, patient_id=found, notes=_told(table, f"patients are those of {full[0].name}"))
    patients = set(patient_of.values()) & set(named)
    if not patients:
        return table
    study_of: dict[str, str] = {}
    for study, patient in patient_of.items():
        if patient in patients and study_of.setdefault(patient, study) != study:
            raise BadTable(
                f"{table.name} names patients alone, and patient {patient!r} has several studies in {full[0].name}; "
                "add a column study_id."
            )
    studies = tuple(study_of.get(patient, patient) for patient in named)
    rows = [study + whole[len(old) :] for study, old, whole in zip(studies, named, table.study_id, strict=True)]
    notes = _told(table, f"the one study of every patient is that of {full[0].name}")
    changed = replace(table, study_id=tuple(rows), patient_id=tuple(named), notes=notes)
    if isinstance(changed, Radiomics) and changed.study_of is not None:
        return replace(changed, study_of=studies)
    return changed


def studies_of(table: Table) -> tuple[str, ...]:
    """The study of every row, also where a row is a lesion."""
    return (table.study_of if isinstance(table, Radiomics) else None) or table.study_id


def _told(table: Table, note: str) -> tuple[str, ...]:
    old = [one for one in table.notes if not any(words in one for words in _REPLACED)]
    return (*old, note)
