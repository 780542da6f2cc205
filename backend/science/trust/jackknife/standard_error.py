"""Jackknife standard errors over patients, and the variance between runs.

A difference of held-out errors is a degenerate statistic of order two or more, for which the jackknife counts the
variance at least twice (Efron & Stein 1981). The variance is therefore multiplied by a ratio: 1/2, or in large cohorts
what half-samples show (`half_samples`).
"""

import numpy as np
from scipy.special import ndtr

from backend.science.trust.jackknife.effects import Estimate
from backend.science.trust.thresholds import Z95
from backend.science.types import FloatArray

DEGENERATE_RATIO = 0.5


def influence(deleted: FloatArray) -> FloatArray:
    """theta(j) - mean theta(.), (P, K): negative where an estimate falls without patient j, who thus carries it."""
    return np.asarray(deleted - deleted.mean(axis=0))


def jackknife_variance(deleted: FloatArray) -> FloatArray:
    """v = (P - 1) / P sum_j (theta(j) - mean)^2 of estimates without each patient (P, K)."""
    count = len(deleted)
    return np.asarray((count - 1) / count * np.square(influence(deleted)).sum(axis=0))


def run_variance(by_run: FloatArray) -> FloatArray:
    """s2_run (K,): half the own variance over runs (T, K), half its mean over features; 0 for one run.

    The variance of few runs is itself uncertain; half of it is borrowed from all features (compare the Multi-Bootstrap,
    Sellam et al. 2022).
    """
    if len(by_run) < 2:
        return np.zeros(by_run.shape[1])
    own = by_run.var(axis=0, ddof=1)
    return np.asarray(0.5 * own + 0.5 * own.mean())


def standard_error(estimate: Estimate, ratio: float = DEGENERATE_RATIO) -> FloatArray:
    """(K,) sqrt(ratio * v + s2_run / T): patients and runs together."""
    runs = len(estimate.by_run)
    return np.asarray(np.sqrt(ratio * jackknife_variance(estimate.deleted) + run_variance(estimate.by_run) / runs))


def two_sided_p(value: FloatArray, se: FloatArray) -> FloatArray:
    """2 Phi(-|value| / se); without any error 1 for a value of zero, else 0."""
    p = 2.0 * ndtr(-np.abs(value) / np.where(se > 0, se, 1.0))
    return np.asarray(np.where(se > 0, p, np.where(value == 0, 1.0, 0.0)))


def interval(value: FloatArray, se: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The 95 % interval."""
    return value - Z95 * se, value + Z95 * se
