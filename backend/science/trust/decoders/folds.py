"""Repeated folds by patient: a patient's studies never stand on both sides."""

from collections.abc import Sequence

import numpy as np

from backend.science.types import IntArray


def patient_folds(patient_id: Sequence[str], folds: int, repeats: int, seed: int) -> IntArray:
    """(repeats, N) fold number of every study; folds hold equal numbers of patients, drawn anew in each repeat."""
    names, patient = np.unique(np.asarray(patient_id, dtype=str), return_inverse=True)
    rng = np.random.default_rng([seed, 101])
    drawn = np.empty((repeats, len(names)), dtype=np.intp)
    for repeat in range(repeats):
        drawn[repeat, rng.permutation(len(names))] = np.arange(len(names)) % folds
    return drawn[:, patient]


def members(patient_id: Sequence[str]) -> list[IntArray]:
    """The rows of each patient, patients by name."""
    names, patient = np.unique(np.asarray(patient_id, dtype=str), return_inverse=True)
    return [np.flatnonzero(patient == number) for number in range(len(names))]
