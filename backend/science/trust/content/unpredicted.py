"""What of one embedding cannot be predicted from the other, by ridge regression with held-out patients.

With fewer patients than dimensions a part cannot be predicted even of an embedding from itself: what one patient alone
has. Under a rotation X_ft = X_pre B the errors E of X_ft from X_pre are those of X_pre from itself, times B. So the
errors of X_pre from itself, with the same penalty, are the level that nothing new reaches.
"""

from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.covariates import covariate_basis
from backend.science.trust.jackknife.held_out import held_out_errors
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.penalty import choose_penalty
from backend.science.trust.jackknife.residual_basis import ResidualBasis
from backend.science.types import FloatArray


@dataclass(frozen=True, slots=True)
class Unpredicted:
    """Held-out errors, as shares of variance: both embeddings are centred and have a total variance of 1."""

    errors: FloatArray  # (n, d) of the target embedding
    share: float  # of its variance
    own_share: float  # of the source embedding's variance, predicted from itself
    own_largest: float  # largest singular value of the source's own errors


def unpredicted(source: FloatArray, target: FloatArray, patients: PatientRows) -> Unpredicted:
    """Predict the target embedding (n, d) of each patient from the source embedding, by all other patients."""
    covariates = covariate_basis((), patients)
    basis = ResidualBasis.of(source, covariates)
    scaled, own = _scaled(target), _scaled(source)
    matrix = basis.matrix(choose_penalty([basis], scaled, patients))
    errors = held_out_errors(matrix, scaled, patients)
    own_errors = held_out_errors(matrix, own, patients)
    largest = float(np.linalg.norm(own_errors, 2))
    return Unpredicted(errors, float(np.square(errors).sum()), float(np.square(own_errors).sum()), largest)


def _scaled(x: FloatArray) -> FloatArray:
    centred = x - x.mean(axis=0)
    return np.asarray(centred / (np.linalg.norm(centred) or 1.0))
