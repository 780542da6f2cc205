"""explained_sd: the scale-free repair of importance. Biased towards pre, because the projection was fitted on pre."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from backend.science.trust.decoders.ridge import Kernel, choose_penalty, gram
from backend.science.trust.representation import MOST_STUDIES, evenly
from backend.science.types import FloatArray


def explained_sd(z: FloatArray, r: FloatArray) -> FloatArray:
    """(K,) sqrt(theta Sigma_Z theta^T): the SD that a ridge from Z (n, H) explains of R (n, K), as a share of R's own.

    Z is standardised per stage, so that neither its scale nor a dead unit counts; zero where no unit varies.
    """
    spread = z.std(axis=0)
    live = spread > 1e-12 * np.maximum(1.0, np.abs(z).max(axis=0))
    if not live.any():
        return np.zeros(r.shape[1])
    inputs = (z[:, live] - z[:, live].mean(axis=0)) / spread[live]
    peak = np.abs(r).max(axis=0)
    r = r / np.where(peak > 0, peak, 1.0)  # squares of very large or small values leave float64
    targets = (r - r.mean(axis=0)) / np.where(r.std(axis=0) > 0, r.std(axis=0), 1.0)
    chosen = evenly(len(z), MOST_STUDIES)  # the penalty needs a kernel of all pairs
    everyone = np.arange(len(chosen))
    kernel = Kernel.split(gram(inputs[chosen]), everyone, everyone)
    covariance = inputs.T @ inputs / len(z)
    # The kernel's penalty is in units of the mean of n eigenvalues; the covariance has the same sum over H of them.
    strength = choose_penalty([kernel], targets[chosen]) * np.trace(covariance) / len(z)
    factor = cho_factor(covariance + strength * np.eye(len(covariance)))
    theta = cho_solve(factor, inputs.T @ targets / len(z))
    return np.asarray(np.sqrt(np.einsum("hk,hk->k", theta, covariance @ theta)))
