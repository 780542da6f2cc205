"""Ridge regression in its dual form, from an N x N Gram matrix: with d = 768 > N nothing else is as cheap.

The penalty is given in units of the mean eigenvalue of the centred training Gram matrix, which makes the fit free of the
scale and rotation of the embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh

FloatArray = NDArray[np.float64]
AnyFloat = NDArray[np.floating]
IntArray = NDArray[np.intp]
PENALTIES = np.logspace(-3, 2.5, 17)


def gram(x: FloatArray) -> FloatArray:
    """(N, N) inner products of centred embeddings (N, d), scaled to a mean diagonal of 1."""
    centred = x - x.mean(axis=0)
    products = centred @ centred.T
    return products / (np.trace(products) / len(x) or 1.0)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Centred kernels of one split: training rows against themselves (m, m), test rows against training rows (t, m)."""

    train: AnyFloat
    test: AnyFloat

    @classmethod
    def split(cls, products: AnyFloat, train: IntArray, test: IntArray) -> "Kernel":
        """Cuts and centres a Gram matrix by training means, which stands for an intercept."""
        inner, cross = products[np.ix_(train, train)], products[np.ix_(test, train)]
        mean = inner.mean(axis=0)
        total = mean.mean()
        return cls(
            inner - mean[None, :] - mean[:, None] + total,
            cross - cross.mean(axis=1, keepdims=True) - mean[None, :] + total,
        )

    def hat(self, penalty: float) -> AnyFloat:
        """(t, m): test predictions are hat @ centred training targets."""
        matrix = self.train.copy()
        matrix[np.diag_indices_from(matrix)] += penalty * np.trace(self.train) / len(matrix)
        factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        return np.asarray(cho_solve(factor, self.test.T, check_finite=False).T)


def choose_penalty(kernels: Sequence[Kernel], targets: FloatArray) -> float:
    """The penalty of least generalised cross-validation error, summed over stages and targets (m, K)."""
    n = len(targets)
    error = np.zeros(len(PENALTIES))
    for kernel in kernels:
        values, vectors = eigh(kernel.train)
        values = np.clip(values, 0.0, None)
        energy = ((vectors.T @ targets) ** 2).sum(axis=1)
        for i, penalty in enumerate(PENALTIES * values.mean()):
            kept = penalty / (values + penalty)
            freedom = max(float(kept.sum()) - 1.0, 1e-9)
            error[i] += n * float(kept**2 @ energy) / freedom**2
    return float(PENALTIES[error.argmin()])
