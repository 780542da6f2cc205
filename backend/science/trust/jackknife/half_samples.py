"""How much of the jackknife's variance is real, measured between random halves of the patients.

In two halves A and B of the patients an estimate has the real variance (theta_A - theta_B)^2 / 2, and each half has a
jackknife variance of its own. Their ratio is 1/2 for a degenerate statistic of order two and 1 for a linear one.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from backend.science.trust.jackknife.covariates import Covariate, covariate_basis
from backend.science.trust.jackknife.deletions import Deletions
from backend.science.trust.jackknife.effects import EffectEstimates, Estimate
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from backend.science.trust.jackknife.standard_error import DEGENERATE_RATIO, jackknife_variance
from backend.science.types import FloatArray, IntArray

LARGE = 300  # patients; up to here 1/2 is used
SPLITS = 4
ENOUGH_FEATURES = 600


def variance_ratio(
    stages: Sequence[FloatArray],
    targets: FloatArray,
    covariates: Sequence[Covariate],
    patients: PatientRows,
    penalty: float,
    groups: Sequence[IntArray],
    seed: int,
) -> tuple[float, float]:
    """Factors of the jackknife variance for features and for groups: 1/2 up to 300 patients, above measured.

    Measured with the penalty of all patients on evenly chosen features of every group (about 600 in all), as a ratio of
    sums over features and splits, and kept within [1/2, 1].
    """
    if len(patients) <= LARGE:
        return DEGENERATE_RATIO, DEGENERATE_RATIO
    chosen, at = _thinned(groups)
    real, counted = np.zeros(2), np.zeros(2)
    for split in range(SPLITS):
        order = np.random.default_rng([seed, 404, split]).permutation(len(patients))
        halves = [
            _half(stages, targets[:, chosen], covariates, patients, patients.rows_of(part), penalty, seed)
            for part in np.array_split(order, 2)
        ]
        for level, (a, b) in enumerate((halves, [half.groups(at) for half in halves])):
            real[level] += np.square(a.value - b.value).sum() / 2
            counted[level] += (jackknife_variance(a.deleted) + jackknife_variance(b.deleted)).sum() / 2
    ratio = np.divide(real, counted, out=np.full(2, DEGENERATE_RATIO), where=counted > 0)
    features, grouped = np.clip(ratio, DEGENERATE_RATIO, 1.0).tolist()
    return features, grouped


def _thinned(groups: Sequence[IntArray]) -> tuple[IntArray, list[IntArray]]:
    """Every step-th feature of each group, and where each group then stands among them."""
    step = max(1, sum(len(at) for at in groups) // ENOUGH_FEATURES)
    kept = [at[::step] for at in groups]
    ends = np.cumsum([0, *(len(at) for at in kept)])
    return np.concatenate(kept), [np.arange(start, end) for start, end in pairwise(ends.tolist())]


def _half(
    stages: Sequence[FloatArray],
    targets: FloatArray,
    covariates: Sequence[Covariate],
    patients: PatientRows,
    rows: IntArray,
    penalty: float,
    seed: int,
) -> Estimate:
    part = PatientRows.of([patients.names[i] for i in patients.number[rows]])
    basis = covariate_basis([one.of_rows(rows) for one in covariates], part)
    deletions = Deletions.of(part, seed)
    fit = fit_stages([x[rows] for x in stages], targets[rows], basis, part, penalty, deletions)
    return EffectEstimates.of(fit.r2, fit.deleted).effect
