"""Random parts of a cohort by patient: a patient's studies stay together."""

from collections.abc import Sequence

import numpy as np

from backend.science.types import IntArray


def patient_parts(patients: Sequence[IntArray], count: int, rng: np.random.Generator) -> list[IntArray]:
    """Sorted rows of `count` parts of equally many patients, to one patient."""
    order = rng.permutation(len(patients))
    return [np.sort(np.concatenate([patients[i] for i in part])) for part in np.array_split(order, count)]
