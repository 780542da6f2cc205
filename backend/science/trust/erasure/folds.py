"""Repeated cross-validation folds by patient: all studies of a patient are in one fold."""

from collections.abc import Sequence

import numpy as np

from backend.science.types import IntArray


def patient_folds(patient_id: Sequence[str], folds: int, repeats: int, seed: int) -> IntArray:
    """Draw the fold number of every study, (repeats, n).

    Each repeat draws new folds; their numbers of patients differ by one at most.
    """
    names, patient = np.unique(np.asarray(patient_id, dtype=str), return_inverse=True)
    rng = np.random.default_rng([seed, 101])
    drawn = np.empty((repeats, len(names)), dtype=np.intp)
    for repeat in range(repeats):
        drawn[repeat, rng.permutation(len(names))] = np.arange(len(names)) % folds
    return drawn[:, patient]
