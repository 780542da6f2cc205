"""Rows of a cohort by patient: a patient's studies stay together."""

from collections.abc import Sequence

import numpy as np

from backend.science.types import IntArray


def patient_rows(patient_id: Sequence[str]) -> list[IntArray]:
    """List the rows of each patient, patients in order of their ids."""
    names, patient = np.unique(np.asarray(patient_id, dtype=str), return_inverse=True)
    return [np.flatnonzero(patient == number) for number in range(len(names))]


def split_patients(patients: Sequence[IntArray], count: int, rng: np.random.Generator) -> list[IntArray]:
    """Split a cohort at random into `count` parts whose numbers of patients differ by one at most.

    patients: the rows of each patient. Returns the sorted rows of each part.
    """
    order = rng.permutation(len(patients))
    return [np.sort(np.concatenate([patients[i] for i in part])) for part in np.array_split(order, count)]
