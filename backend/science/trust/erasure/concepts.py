"""What is erased: features, the subspaces of groups, and the controls of both.

A feature is a concept of one column, its normal scores. A group is the principal components of its features that hold
80 % of their variance, three at most. Concepts of equal width stand in one array (n, B, q).
"""

from collections.abc import Sequence

import numpy as np

from backend.science.trust.permutation_floor import permuted_rows
from backend.science.types import FloatArray, IntArray

ENOUGH_VARIANCE = 0.8
MOST_COMPONENTS = 3
FEATURE_CONTROLS, GROUP_CONTROLS = 400, 200
"""Controls of each kind, for concepts of one column and of more."""
FLATTEST, STEEPEST = -1.0, 1.0
"""Random readings u ~ N(0, S^a): a from -1 (all variance equal) to 1 (mostly the largest components)."""


def group_components(targets: FloatArray) -> FloatArray:
    """Principal components (n, q) of the normal scores of a group's features (n, K_g), each of variance 1."""
    centred = targets - targets.mean(axis=0)
    vectors, singular, _ = np.linalg.svd(centred, full_matrices=False)
    share = np.cumsum(singular**2) / (np.square(singular).sum() or 1.0)
    needed = int(np.searchsorted(share, ENOUGH_VARIANCE)) + 1
    return np.asarray(vectors[:, : min(needed, MOST_COMPONENTS)] * np.sqrt(len(targets)))


def permuted_concepts(concepts: FloatArray, patients: Sequence[IntArray], count: int, seed: int) -> FloatArray:
    """(n, count, q) concepts (n, B, q) of the wrong patients: each one chosen anew, and patients permuted anew."""
    n, b, q = concepts.shape
    chosen = np.random.default_rng([seed, 505, q]).integers(0, b, count)
    made = [concepts[permuted_rows(patients, n, seed, 10_000 * q + number), one] for number, one in enumerate(chosen)]
    return np.stack(made, axis=1)


def random_concepts(x: FloatArray, width: int, count: int, seed: int) -> FloatArray:
    """(n, count, width) readings of embeddings (n, d) along random directions, over a range of variances."""
    vectors, singular, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    there = singular > 1e-9 * singular[0]
    vectors, singular = vectors[:, there], singular[there] / (singular[0] or 1.0)
    rng = np.random.default_rng([seed, 606, width])
    powers = rng.uniform(FLATTEST, STEEPEST, count)
    weights = singular[:, None] ** (1.0 + powers) * rng.standard_normal((width, len(singular), count))
    readings = np.stack([vectors @ one for one in weights], axis=2)
    return np.asarray(readings / (np.sqrt(np.square(readings).mean(axis=0)) + (len(singular) == 0)))
