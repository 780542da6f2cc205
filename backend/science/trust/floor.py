"""The control floor: the R2 that features of the wrong patients reach (a control task, Hewitt & Liang 2019)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.decodability import cross_validated_r2, fit_folds
from backend.science.trust.ridge import IntArray

FloatArray = NDArray[np.float64]
PERMUTATIONS = 4


def control_floor(
    products: Sequence[FloatArray], r: FloatArray, folds: IntArray, patients: Sequence[IntArray], seed: int
) -> float:
    """The 95th percentile of R2, over features, stages and 4 permutations, with the patients of R permuted.

    The targets are rank-normal, so one floor serves all features.
    """
    values = []
    for number in range(PERMUTATIONS):
        rows = permuted_rows(patients, len(r), seed, number)
        values.append(cross_validated_r2(products, fit_folds(products, r[rows], folds[:1])))
    return float(max(np.quantile(values, 0.95), 0.0))


def permuted_rows(patients: Sequence[IntArray], n: int, seed: int, number: int) -> IntArray:
    """(N,) which row's radiomics each study gets: whole patients change places, among those with as many studies."""
    rng = np.random.default_rng([seed, 303, number])
    rows = np.arange(n)
    for size in sorted({len(one) for one in patients}):
        alike = [one for one in patients if len(one) == size]
        for to, source in zip(alike, rng.permutation(len(alike)), strict=True):
            rows[to] = alike[source]
    return rows
