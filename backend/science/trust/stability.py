"""Stability of the paper's ranking: Spearman and top-20 overlap of delta I between random halves of the patients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from backend.science.lens.decoder import importance, solve
from backend.science.tables.patients import split_patients
from backend.science.types import FloatArray, IntArray

HALVINGS = 10
TOP = 20


@dataclass(frozen=True, slots=True)
class Stability:
    """Means over random halvings of the patients; NaN where delta I is zero for every feature."""

    spearman: float
    top20_overlap: float
    halvings: int = HALVINGS


def rank_stability(
    z_pre: FloatArray, z_ft: FloatArray, r: FloatArray, patients: Sequence[IntArray], seed: int
) -> Stability:
    """Compare delta I between random halves of the patients, with theta solved on each as in the paper.

    z: (n, H) of one frozen f_share; r: scaled radiomics (n, K).
    """
    rng = np.random.default_rng([seed, 404])
    agreements, overlaps = [], []
    for _ in range(HALVINGS):
        first, second = (shift(z_pre[rows], z_ft[rows], r[rows]) for rows in split_patients(patients, 2, rng))
        if not np.ptp(first) or not np.ptp(second):
            return Stability(float("nan"), float("nan"))
        agreements.append(float(spearmanr(first, second).statistic))
        overlaps.append(len(_top(first) & _top(second)) / min(TOP, len(first)))
    return Stability(float(np.mean(agreements)), float(np.mean(overlaps)))


def shift(z_pre: FloatArray, z_ft: FloatArray, r: FloatArray) -> FloatArray:
    """Delta I (K,) of the closed-form decoders on these rows."""
    return np.asarray(importance(solve(z_ft, r).theta) - importance(solve(z_pre, r).theta))


def _top(values: FloatArray) -> set[int]:
    return set(np.argsort(-np.abs(values), kind="stable")[:TOP].tolist())
