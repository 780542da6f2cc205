"""Ridge regression in dual form, from an N x N Gram matrix: the cheapest form for d = 768 > N.

The penalty is in units of the mean eigenvalue of the centred training Gram matrix, so the fit does not depend on the
scale and rotation of the embedding. Rows can have counts: a bootstrap sample of 850 studies has about 537 distinct
ones, and a study drawn three times costs as much as one drawn once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh

from backend.science.types import FloatArray, IntArray

AnyFloat = NDArray[np.floating]
PENALTIES = np.logspace(-3, 2.5, 17)


def gram(x: FloatArray) -> FloatArray:
    """Gram matrix (N, N) of centred embeddings (N, d), scaled to a mean diagonal of 1; zeros for constant ones."""
    centred = x - x.mean(axis=0)
    products = centred @ centred.T
    return np.asarray(products / (np.trace(products) / len(x) or 1.0))


@dataclass(frozen=True, slots=True)
class Kernel:
    """Centred kernels of one split: training rows against themselves (m, m), test rows against training rows (t, m)."""

    train: AnyFloat
    test: AnyFloat
    root: AnyFloat  # (m,) square roots of how often each training row counts

    @classmethod
    def split(
        cls, products: AnyFloat, train: IntArray, test: IntArray, count: NDArray[np.integer] | None = None
    ) -> "Kernel":
        """Split a Gram matrix and centre it by the training mean, which replaces an intercept; count is (m,)."""
        inner, cross = products[np.ix_(train, train)], products[np.ix_(test, train)]
        weight = np.ones(len(train)) if count is None else count
        share = (weight / weight.sum()).astype(products.dtype)
        mean = share @ inner
        total = share @ mean
        return cls(
            inner - mean[None, :] - mean[:, None] + total,
            cross - (cross @ share)[:, None] - mean[None, :] + total,
            np.sqrt(weight).astype(products.dtype),
        )

    def hat(self, penalty: float) -> AnyFloat:
        """Hat matrix (t, m): test predictions are hat @ centred training targets, with rows repeated `count` times."""
        matrix = self.train * np.outer(self.root, self.root)
        mean_eigenvalue = np.trace(matrix) / (self.root @ self.root)
        # A constant embedding has no eigenvalue as the penalty's unit; any positive penalty predicts the mean.
        matrix[np.diag_indices_from(matrix)] += penalty * mean_eigenvalue or 1.0
        factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        solved = cho_solve(factor, (self.test * self.root).T, overwrite_b=True, check_finite=False)
        return np.ascontiguousarray(solved.T) * self.root


def choose_penalty(kernels: Sequence[Kernel], targets: FloatArray) -> float:
    """Penalty with the least generalised cross-validation error, summed over stages and centred targets (m, K).

    Centring takes one degree of freedom, so the denominator is n - 1 - trace(H).
    """
    n = len(targets)
    shared = targets @ targets.T
    error = np.zeros(len(PENALTIES))
    for kernel in kernels:
        values, vectors = eigh(kernel.train)
        values = np.clip(values, 0.0, None)
        energy = ((shared @ vectors) * vectors).sum(axis=0)
        for i, penalty in enumerate(PENALTIES * (values.mean() or 1.0)):
            kept = penalty / (values + penalty)
            freedom = max(float(kept.sum()) - 1.0, 1e-9)
            error[i] += n * float(kept**2 @ energy) / freedom**2
    return float(PENALTIES[error.argmin()])
