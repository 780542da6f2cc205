"""The permutation floor: the R2 that features of the wrong patients reach (a control task, Hewitt & Liang 2019).

Whole patients change places, among those with as many studies. Penalty and matrices stay those of the real targets.
A percentile needs no more than float32.
"""

import numpy as np

from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import StageFit, above_chance
from backend.science.trust.permutation_floor import permutation_count, permuted_rows
from backend.science.types import FloatArray

QUANTILE = 0.95


def permuted_r2(fit: StageFit, patients: PatientRows, seed: int) -> FloatArray:
    """(permutations, 2, K) R2 above chance with the patients' targets permuted: before, and the mean over runs."""
    predictors = [matrix.predictor(patients) for matrix in (fit.null, *fit.residuals)]
    residual = fit.residual.astype(np.float32)
    lists, n = patients.as_lists(), len(fit.residual)
    values = []
    for number in range(permutation_count(n)):
        shuffled = residual[permuted_rows(lists, n, seed, number)]
        null, *found = (np.square(errors_of(shuffled)).sum(axis=0, dtype=np.float64) for errors_of in predictors)
        r2 = np.stack([above_chance(one, null, r0, null > 0) for one, r0 in zip(found, fit.chance, strict=True)])
        values.append([r2[0], r2[1:].mean(axis=0)])
    return np.array(values)


def floor_of(values: FloatArray) -> float:
    """The 95th percentile, over permutations and features or groups, of the better stage's R2; never below 0.

    values: (permutations, 2, K). Targets are normal scores, so one floor serves all.
    """
    return float(max(np.quantile(values.max(axis=1), QUANTILE), 0.0))
