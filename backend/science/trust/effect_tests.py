"""Tests of effects: the change of a feature beyond the change that all features share, its error and its flag."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from backend.science.types import FloatArray, IntArray

DECODABLE = 0.02
FEWEST_DECODABLE = 10
MARGIN = 0.03
REPEATABLE = 0.75  # ICC, see `icc`; here, so that pages need not import pandas
FALSE_DISCOVERY = 0.10
Z95 = 1.959963984540054
DETECTABLE = 0.15
POWER_80 = 2.8  # standard errors: an effect this large is found in four of five repetitions
FLAGS = ("stronger", "weaker", "unchanged", "not_decodable", "underpowered")


def shared_change(r2: FloatArray) -> float:
    """Compute b, the median of delta R2 / R2_pre over decodable features of (2, K); NaN with fewer than 10 of them."""
    decodable = r2[0] > DECODABLE
    if decodable.sum() < FEWEST_DECODABLE:
        return float("nan")
    return float(np.median((r2[1, decodable] - r2[0, decodable]) / r2[0, decodable]))


def effect_of(r2: FloatArray, b: float) -> FloatArray:
    """Compute the selective delta (K,), delta R2 - b * R2_pre; delta R2 where b is NaN."""
    change: FloatArray = r2[1] - r2[0]
    return change if np.isnan(b) else change - b * r2[0]


def replicate_effects(replicates: FloatArray, b: float) -> tuple[FloatArray, FloatArray]:
    """Compute effects (B, K) and b (B,) of every replicate's R2 (B, 2, K), with b anew in each.

    A replicate's effect means the same as the full run's: where the full run has no b, neither has a replicate, and a
    replicate with too few decodable features takes the full run's.
    """
    shared = np.full(len(replicates), b)
    if not np.isnan(b):
        own = np.array([shared_change(r2) for r2 in replicates])
        shared = np.where(np.isnan(own), b, own)
    return np.array([effect_of(r2, one) for r2, one in zip(replicates, shared, strict=True)]), shared


@dataclass(frozen=True, slots=True)
class Evidence:
    """Effects of features or groups with their cluster-bootstrap errors, each (K,)."""

    effect: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    q: FloatArray
    flag: NDArray[np.str_]


def classify_effects(effect: FloatArray, replicates: FloatArray, best_r2: FloatArray, floor: float) -> Evidence:
    """Classify effects (K,): errors from the replicates' effects (B, K), p by effect / se, q, and the flag.

    q is the Benjamini-Hochberg adjusted p. best_r2: R2 (K,) of the better stage. floor: the permutation floor.

    A change needs q <= 0.10, an effect beyond 0.03 and R2 above the permutation floor in one stage. The margin is
    compulsory: rounding noise under a pure rotation would be "significant" without it. `underpowered`: decodable, not
    flagged, and an effect of 0.15 would be missed in more than one of five repetitions (2.8 se > 0.15).
    """
    from scipy.stats import false_discovery_control  # slow to import; pages need the constants of this file only

    se = replicates.std(axis=0, ddof=1)
    p = 2.0 * ndtr(-np.abs(effect) / np.where(se > 0, se, np.inf))
    p = np.where((se == 0) & (effect != 0), 0.0, p)
    q = np.asarray(false_discovery_control(p))
    changed = (q <= FALSE_DISCOVERY) & (np.abs(effect) > MARGIN)
    flag = np.select(
        [best_r2 <= floor, changed & (effect > 0), changed & (effect < 0), POWER_80 * se > DETECTABLE],
        ["not_decodable", "stronger", "weaker", "underpowered"],
        "unchanged",
    )
    return Evidence(effect, se, *interval(effect, se), p, q, flag)


def interval(effect: FloatArray, se: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compute the 95 % interval about the full run's effect.

    It is not centred on the replicates: they hold fewer distinct patients and decode less.
    """
    return effect - Z95 * se, effect + Z95 * se


def means_over(values: FloatArray, groups: Iterable[IntArray]) -> FloatArray:
    """Average over the features of each group, (..., K) -> (..., G)."""
    return np.stack([values[..., at].mean(axis=-1) for at in groups], axis=-1)
