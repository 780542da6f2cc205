"""Permutations of whole patients, for the R2 that features of the wrong patients reach."""

from collections.abc import Sequence

import numpy as np

from backend.science.types import IntArray

FEWEST, MOST = 4, 20
STUDIES = 2000


def permutation_count(n_studies: int) -> int:
    """How many: small cohorts get more, for their floor is high and uncertain, and costs little."""
    return int(np.clip(STUDIES // n_studies, FEWEST, MOST))


def permuted_rows(patients: Sequence[IntArray], n: int, seed: int, number: int) -> IntArray:
    """(N,) which row's radiomics each study gets: whole patients change places, among those with as many studies."""
    rng = np.random.default_rng([seed, 303, number])
    rows = np.arange(n)
    for size in sorted({len(one) for one in patients}):
        alike = [one for one in patients if len(one) == size]
        for to, source in zip(alike, rng.permutation(len(alike)), strict=True):
            rows[to] = alike[source]
    return rows
