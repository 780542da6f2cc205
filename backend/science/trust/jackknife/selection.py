"""Groups first, then the features inside the groups that were selected.

Groups: Benjamini-Hochberg at 0.10. Features: Benjamini-Hochberg inside each of the S selected of G groups at
0.10 S / G, which keeps the expected average false discovery rate over selected groups (Benjamini & Bogomolov 2014).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from backend.science.trust.thresholds import FALSE_DISCOVERY, MARGIN
from backend.science.types import FloatArray, IntArray, MaskArray


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """False-discovery-rate adjusted p-values; also of no p-value at all."""
    return np.asarray(false_discovery_control(p) if len(p) else p, dtype=np.float64)


def select(q: FloatArray, value: FloatArray) -> NDArray[np.intp]:
    """-1, 0 or 1: the direction of every effect with q <= 0.10 and a size beyond 0.03.

    The margin is compulsory: rounding errors under a pure rotation would be significant without it.
    """
    passed = (q <= FALSE_DISCOVERY) & (np.abs(value) > MARGIN)
    return np.asarray(np.where(passed, np.sign(value), 0), dtype=np.intp)


def q_within_groups(p: FloatArray, group_of: IntArray, selected: MaskArray, tested: MaskArray) -> FloatArray:
    """Adjusted p-values (K,) times G / S inside the selected groups (G,); NaN where nothing was tested."""
    q = np.full(len(p), np.nan)
    if not selected.any():
        return q
    scale = len(selected) / int(selected.sum())
    for group in np.flatnonzero(selected):
        inside = tested & (group_of == group)
        q[inside] = np.minimum(benjamini_hochberg(p[inside]) * scale, 1.0)
    return q


def select_within_groups(
    q: FloatArray, value: FloatArray, group_of: IntArray, direction: NDArray[np.intp]
) -> NDArray[np.intp]:
    """-1, 0 or 1 for every feature: selected, and with the direction (G,) of its group."""
    found = select(q, value)
    return np.asarray(np.where(found == direction[group_of], found, 0), dtype=np.intp)
