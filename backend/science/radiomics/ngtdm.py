"""Neighbourhood grey-tone difference matrix (IBSI: IPET): a level against the mean of its neighbours in the region."""

import numpy as np

from backend.science.radiomics.discretisation import GreyLevels
from backend.science.radiomics.kernel import Array

FEATURES = ("Busyness", "Coarseness", "Complexity", "Contrast", "Strength")


def ngtdm(levels: GreyLevels, differences: Array) -> dict[str, float]:
    """The 5 features; `differences` (ng + 1, 27) int64: sums of |j i - sum of j neighbours| by level i and number j.

    p_i: share of the voxels with level i; s_i: sum over them of |i - mean of the neighbours|, 0 without neighbours.
    """
    i = levels.present.astype(float)
    n = levels.counts[levels.present].astype(float)
    s = (differences[levels.present, 1:] / np.arange(1.0, 27)).sum(axis=1)
    voxels, k = n.sum(), i.size
    p = n / voxels
    coarse, total = float(p @ s), float(s.sum())
    mean = p @ i
    # sum_ij p_i p_j (i - j)^2 = 2 var, the shares sum to 1
    spread = 2 * float(p @ (i - mean) ** 2)
    busy = _absolute_differences(i * p)
    return {
        "Busyness": (coarse / busy if busy else 0.0),  # NQ30: sum p s / sum |i p_i - j p_j|
        "Coarseness": 1 / coarse if coarse else 1e6,  # QCDE
        "Complexity": _complexity(i, p, s) / voxels,  # HDEZ
        "Contrast": spread * total / voxels / (k * (k - 1)) if k > 1 else 0.0,  # 65HE
        "Strength": _strength(i, p) / total if total else 0.0,  # 1X9X
    }


def _absolute_differences(x: Array) -> float:
    """sum_ij |x_i - x_j|, from the sorted values."""
    ordered = np.sort(x)
    weights = 2 * np.arange(x.size) - (x.size - 1)
    return 2 * float(weights @ ordered)


def _complexity(i: Array, p: Array, s: Array) -> float:
    """sum_ij |i - j| (p_i s_i + p_j s_j) / (p_i + p_j)."""
    ps = p * s
    return float((np.abs(i[:, None] - i) * (ps[:, None] + ps) / (p[:, None] + p)).sum())


def _strength(i: Array, p: Array) -> float:
    """sum_ij (p_i + p_j) (i - j)^2 = 2 sum_i p_i sum_j (i - j)^2, around the levels' middle."""
    middle = i - i.mean()
    return 2 * float(p @ (i.size * middle**2 - 2 * middle * middle.sum() + (middle**2).sum()))
