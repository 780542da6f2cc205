"""The axes of what cannot be predicted: principal axes of the errors beyond chance.

Chance is parallel analysis with random signs (Hong, Sheng & Dobriban 2020): the signs of every patient and column are
drawn anew, which keeps how much each patient and column varies and ends what columns have in common. All studies of a
patient get one sign. Axes are tested one by one, the larger ones taken off before (Dobriban & Owen 2019). The columns
are rotated at random first: an axis along one column would keep its variance under any signs.
"""

import numpy as np
from scipy.sparse.linalg import svds

from backend.science.trust.content.unpredicted import Unpredicted
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import FloatArray

MOST_AXES = 10
SMALLEST = 0.01
"""Least share of the embedding's variance that an axis has: new content also hides noise that was there before."""
DRAWS = 20
QUANTILE = 0.95
BEYOND = 1.05
"""How far an axis must exceed both levels; singular values of 20 draws are known to a few percent."""


def axis_scores(found: Unpredicted, patients: PatientRows, seed: int) -> FloatArray:
    """Scores (n, q) along the axes beyond chance, by falling variance; 10 at most, none where nothing is new."""
    left, singular, _ = np.linalg.svd(found.errors, full_matrices=False)
    rng = np.random.default_rng([seed, 707])
    frame = np.linalg.qr(rng.standard_normal((found.errors.shape[1], len(singular))))[0].T
    count = 0
    while count < min(MOST_AXES, len(singular) - 1):
        if singular[count] ** 2 < SMALLEST or singular[count] <= BEYOND * found.own_largest:
            break
        rest = (left[:, count:] * singular[count:]) @ frame[count:]
        if singular[count] <= BEYOND * _chance(rest, patients, rng):
            break
        count += 1
    return np.asarray(left[:, :count] * singular[:count])


def _chance(rest: FloatArray, patients: PatientRows, rng: np.random.Generator) -> float:
    """95th percentile of the largest singular value under random signs."""
    start = np.ones(min(rest.shape))
    largest = []
    for _ in range(DRAWS):
        signs = rng.integers(0, 2, (len(patients), rest.shape[1]), dtype=np.int8) * 2.0 - 1.0
        found = svds(rest * signs[patients.number], k=1, tol=1e-2, v0=start, return_singular_vectors=False)
        largest.append(float(found[0]))
    return float(np.quantile(largest, QUANTILE))
