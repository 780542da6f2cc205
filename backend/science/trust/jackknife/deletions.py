"""What the jackknife deletes: every patient alone, or in large cohorts groups of patients, drawn by a seed."""

from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import IntArray

MOST_ALONE = 2000
"""Patients that are still deleted one by one; the embedding, not the Gram matrix, is factorised above."""
GROUPS = 400
"""Groups of patients above: the standard error then has a relative error of 1 / sqrt(2 G), 3.5 %."""


@dataclass(frozen=True, slots=True)
class Deletions:
    """Which patients are deleted together: the number of the deletion of every patient (P,)."""

    of_patient: IntArray
    grouped: bool

    @classmethod
    def of(cls, patients: PatientRows, seed: int = 0) -> "Deletions":
        """Every patient alone up to 2 000 patients; above, 400 random groups whose sizes differ by one at most."""
        count = len(patients)
        if count <= MOST_ALONE:
            return cls(np.arange(count), grouped=False)
        return cls.in_groups(count, GROUPS, seed)

    @classmethod
    def in_groups(cls, count: int, groups: int, seed: int) -> "Deletions":
        """Random groups of `count` patients, by the seed."""
        number = np.empty(count, dtype=np.intp)
        number[np.random.default_rng([seed, 505]).permutation(count)] = np.arange(count) % groups
        return cls(number, grouped=True)

    def __len__(self) -> int:
        return int(self.of_patient.max()) + 1
