"""First-order statistics of a region's values (IBSI: intensity-based statistics UHIW, intensity histogram ZVCW)."""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.discretisation import GreyLevels
from backend.science.radiomics.region.scratch import Scratch
from backend.science.radiomics.region.sparse_levels import SparseLevels

EPS = float(np.spacing(1))
FEATURES = (
    "10Percentile",
    "90Percentile",
    "Energy",
    "Entropy",
    "InterquartileRange",
    "Kurtosis",
    "Maximum",
    "MeanAbsoluteDeviation",
    "Mean",
    "Median",
    "Minimum",
    "Range",
    "RobustMeanAbsoluteDeviation",
    "RootMeanSquared",
    "Skewness",
    "TotalEnergy",
    "Uniformity",
    "Variance",
)
DEPRECATED = ("StandardDeviation",)
Values = npt.NDArray[np.float64]


def first_order(
    values: Values, limits: Values, levels: GreyLevels | SparseLevels, voxel_volume: float, shift: float = 0.0
) -> dict[str, float]:
    """The 18 features of `values` (n,) between `limits`, and the deprecated one; `voxel_volume` in mm3.

    `shift` is voxelArrayShift: Energy is sum (x + shift)^2. Entropy and Uniformity are of the grey levels' shares p;
    Kurtosis is m4 / m2^2, not minus 3; moments divide by n.
    """
    n = values.size
    low, high = limits.tolist()
    p10, p25, median, p75, p90 = percentiles(values, limits, levels.mask.scratch)
    mean, m2, m3, m4, deviation, energy = _moments(values, low == high, shift)
    p = levels.counts[levels.counts > 0] / n
    return {
        "10Percentile": p10,  # QG58
        "90Percentile": p90,  # 8DWT
        "Energy": energy,  # N8CA
        "Entropy": float(-(p @ np.log2(p + EPS))),  # TLU2
        "InterquartileRange": p75 - p25,  # SALO
        "Kurtosis": m4 / m2**2 if m2 else 0.0,  # IPH6, plus 3
        "Maximum": high,  # 84IY
        "Mean": mean,  # Q4LE
        "MeanAbsoluteDeviation": deviation,  # 4FUA
        "Median": median,  # Y12H
        "Minimum": low,  # 1GSF
        "Range": high - low,  # 2OJQ
        "RobustMeanAbsoluteDeviation": deviation if low == high else _deviation_within(values, p10, p90),  # 1128
        "RootMeanSquared": math.sqrt(energy / n),  # 5ZWQ
        "Skewness": m3 / m2**1.5 if m2 else 0.0,  # KE2A
        "StandardDeviation": math.sqrt(m2),
        "TotalEnergy": energy * voxel_volume,
        "Uniformity": float(p @ p),  # BJ5W
        "Variance": m2,  # ECT3
    }


def percentiles(values: Values, limits: Values, scratch: Scratch) -> tuple[float, ...]:
    """Percentiles 10, 25, 50, 75 and 90, linear between the two values around (n - 1) q."""
    places, ranks, order = _ranks(values.size)
    ranked = np.empty(ranks.size)
    work = scratch.empty("ranked", values.size, np.float64)
    call("rl_ranked", values, values.size, limits, ranks, ranks.size, work, ranked)
    found = ranked[order].tolist()
    return tuple(
        _between(place - int(place), a, b) for place, a, b in zip(places, found[::2], found[1::2], strict=True)
    )


@lru_cache(maxsize=16)
def _ranks(n: int) -> tuple[list[float], npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Places of the percentiles among n values; the ranks needed, ascending; which of them lie around each place."""
    places = [(n - 1) * (q / 100) for q in (10, 25, 50, 75, 90)]
    around = [rank for place in places for rank in (int(place), min(int(place) + 1, n - 1))]
    ranks, order = np.unique(np.array(around, dtype=np.int64), return_inverse=True)
    return places, ranks, order


def _between(t: float, a: float, b: float) -> float:
    """Linear interpolation from a to b at fraction t, in numpy's arithmetic."""
    return b - (b - a) * (1 - t) if t >= 0.5 else a + (b - a) * t


def _deviation_within(values: Values, low: float, high: float) -> float:
    """Mean absolute deviation of the values within [low, high] from their own mean."""
    return float(call("rl_deviation_within", values, values.size, low, high))


def _moments(values: Values, flat: bool, shift: float) -> tuple[float, ...]:
    """Mean, central moments 2 to 4, mean absolute deviation, energy.

    On a constant region m2 is 0 or rounding noise, and Skewness 0 or 1 with it: there numpy's sums are used, as in
    PyRadiomics.
    """
    if flat:
        mean = float(np.mean(values))
        m2, m3, m4 = (float(np.mean((values - mean) ** power)) for power in (2, 3, 4))
        return mean, m2, m3, m4, float(np.mean(np.abs(values - mean))), float(np.sum((values + shift) ** 2))
    out = np.empty(6)
    call("rl_moments", values, values.size, shift, out)
    return tuple(out.tolist())
