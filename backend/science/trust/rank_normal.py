"""Rank-normal transform: what every feature is turned into before it is decoded, so that heavy tails cannot decide R2."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

FloatArray = NDArray[np.float64]


def rank_normal(train: FloatArray, values: FloatArray) -> FloatArray:
    """Normal scores of `values` (n, K) by their mid-rank among `train` (m, K); values beyond the training range get its ends.

    The transform is fitted on training rows only, so that a test row never shapes its own target.
    """
    ordered = np.sort(train, axis=0)
    ranks = np.empty(values.shape)
    for k in range(values.shape[1]):
        column, value = ordered[:, k], values[:, k]
        ranks[:, k] = np.searchsorted(column, value, "left") + np.searchsorted(column, value, "right")
    share = ranks / (2 * len(train))
    return np.asarray(ndtri(np.clip(share, 0.5 / len(train), 1 - 0.5 / len(train))))
