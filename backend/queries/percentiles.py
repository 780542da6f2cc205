"""Percentiles of one case's values among its cohort."""

import numpy as np
from numpy.typing import NDArray

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def percentiles(value: NDArray[np.float64], cohort: NDArray[np.float64]) -> NDArray[np.float64]:
    """Percentile 0..100 of each value (K,) among the cohort's (N, K), NaN left out; equal values count half.

    NaN where the case has no value. The case itself is one of the N.
    """
    below = (cohort < value).sum(axis=0)
    equal = (cohort == value).sum(axis=0)
    known = np.isfinite(cohort).sum(axis=0)
    share = (below + 0.5 * equal) / np.maximum(known, 1)
    return np.where(np.isfinite(value), 100.0 * share, np.nan)


def quantiles(cohort: NDArray[np.float64]) -> NDArray[np.float64]:
    """5, 25, 50, 75 and 95 % of each column, (N, K) -> (5, K), by linear interpolation, NaN left out."""
    ordered = np.sort(cohort, axis=0)  # NaN last
    known = np.isfinite(cohort).sum(axis=0)
    position = np.outer(QUANTILES, np.maximum(known - 1, 0))  # (5, K)
    low = np.floor(position).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    columns = np.arange(cohort.shape[1])
    lower, upper = ordered[low, columns], ordered[high, columns]
    between: NDArray[np.float64] = lower + (position - low) * (upper - lower)
    return between
