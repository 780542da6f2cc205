"""The residual matrix M of kernel ridge regression with covariates, for any penalty, from one factorisation.

A = K + lambda I and M = A^-1 - A^-1 C (C' A^-1 C)^-1 C' A^-1, so that M Y are the dual coefficients of Y.
With N an orthonormal basis of the complement of C, M = N (N' A N)^-1 N'. From the eigenvectors of N' K N follows

    lambda M = Q diag(lambda / (w + lambda)) Q',    Q = N V,    N' K N = V diag(w) V',

or, with many more studies than dimensions, from the singular vectors Q of M_0 X alone,

    lambda M = M_0 - Q diag(w / (w + lambda)) Q'.

Held-out errors M_pp^-1 (M Y)_p are the same for M and lambda M. The scaled form is used throughout.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh, qr, svd

from backend.science.trust.jackknife.covariates import CovariateBasis
from backend.science.types import FloatArray

WIDE = 2  # studies per dimension, from which the embedding is factorised instead of the Gram matrix: it is faster


@dataclass(frozen=True, slots=True)
class ResidualBasis:
    """Eigenvectors Q (n, r) and eigenvalues w (r,) of the kernel within the complement of the covariates."""

    vectors: FloatArray
    values: FloatArray
    covariates: CovariateBasis

    @classmethod
    def of(cls, x: FloatArray, covariates: CovariateBasis) -> "ResidualBasis":
        """Factorise the Gram matrix of centred embeddings (n, d), scaled to a mean diagonal of 1.

        A constant embedding has a Gram matrix of zeros and decodes nothing.
        """
        centred = x - x.mean(axis=0)
        scaled = centred / (np.sqrt(np.square(centred).sum() / len(x)) or 1.0)
        n, c = covariates.vectors.shape
        if n - c > WIDE * x.shape[1]:
            vectors, singular, _ = svd(covariates.residual(scaled), full_matrices=False, check_finite=False)
            return cls(vectors, singular**2, covariates)
        complement = qr(covariates.vectors, check_finite=False)[0][:, c:]
        inner = complement.T @ scaled
        values, vectors = eigh(inner @ inner.T, check_finite=False)
        return cls(complement @ vectors, np.clip(values, 0.0, None), covariates)

    @property
    def complete(self) -> bool:
        """Whether the eigenvectors span the whole complement of the covariates."""
        n, c = self.covariates.vectors.shape
        return bool(self.vectors.shape[1] == n - c)

    def kept(self, penalty: float) -> FloatArray:
        """(r,) lambda / (w + lambda): the share of each eigenvector that the ridge leaves in the residual."""
        return np.asarray(penalty / (self.values + penalty))

    def matrix(self, penalty: float) -> FloatArray:
        """Lambda M (n, n), symmetric."""
        kept = self.kept(penalty)
        if self.complete:
            root = self.vectors * np.sqrt(kept)
            return np.asarray(root @ root.T)
        root = self.vectors * np.sqrt(1.0 - kept)
        return np.asarray(self.covariates.residual_matrix() - root @ root.T)

    def columns(self, penalty: float) -> FloatArray:
        """B (n, c + r) with lambda M = I - B B'."""
        return np.hstack([self.covariates.vectors, self.vectors * np.sqrt(1.0 - self.kept(penalty))])
