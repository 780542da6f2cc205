"""First-order statistics of a region's values (IBSI: intensity-based statistics UHIW, intensity histogram ZVCW)."""

import math

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.discretisation import GreyLevels
from backend.science.radiomics.kernel import call

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
Values = npt.NDArray[np.float64]


def first_order(values: Values, levels: GreyLevels, voxel_volume: float, shift: float = 0.0) -> dict[str, float]:
    """The 18 features of `values` (n,); `voxel_volume` in mm3, `shift` is voxelArrayShift.

    Energy is sum (x + shift)^2; Entropy and Uniformity are of the grey levels' shares p; Kurtosis is m4 / m2^2, not
    minus 3; moments divide by n.
    """
    n = values.size
    low, high = float(values.min()), float(values.max())
    p10, p25, median, p75, p90 = percentiles(values, low, high)
    mean, m2, m3, m4, deviation, energy = _moments(values, low == high, shift)
    p = levels.counts[levels.present] / n
    return {
        "10Percentile": p10,  # QG58
        "90Percentile": p90,  # 8DWT
        "Energy": energy,  # N8CA
        "Entropy": float(-np.sum(p * np.log2(p + EPS))),  # TLU2
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
        "TotalEnergy": energy * voxel_volume,
        "Uniformity": float(np.sum(p**2)),  # BJ5W
        "Variance": m2,  # ECT3
    }


def percentiles(values: Values, low: float, high: float) -> tuple[float, float, float, float, float]:
    """Percentiles 10, 25, 50, 75 and 90, linear between the two values around (n - 1) q."""
    n = values.size
    places = [(n - 1) * (q / 100) for q in (10, 25, 50, 75, 90)]
    ranks = np.array([rank for place in places for rank in (int(place), min(int(place) + 1, n - 1))], dtype=np.int64)
    found = np.empty(ranks.size)
    order = np.argsort(ranks, kind="stable")
    ordered = np.empty(ranks.size)
    call("rl_ranked", values, n, np.array([low, high]), ranks[order], ranks.size, np.empty(n + 1), ordered)
    found[order] = ordered
    between = []
    for place, a, b in zip(places, found[::2], found[1::2], strict=True):
        t = place - int(place)
        between.append(float(b - (b - a) * (1 - t)) if t >= 0.5 else float(a + (b - a) * t))
    return between[0], between[1], between[2], between[3], between[4]


def _deviation_within(values: Values, low: float, high: float) -> float:
    """Mean absolute deviation of the values within [low, high] from their own mean."""
    return float(call("rl_deviation_within", values, values.size, low, high))


def _moments(values: Values, flat: bool, shift: float) -> tuple[float, ...]:
    """Mean, central moments 2 to 4, mean absolute deviation, energy.

    On a flat region m2 is 0 or rounding noise, and Skewness 0 or 1 with it: there numpy's own sums decide, as in
    PyRadiomics.
    """
    if flat:
        mean = float(np.mean(values))
        m2, m3, m4 = (float(np.mean((values - mean) ** power)) for power in (2, 3, 4))
        return mean, m2, m3, m4, float(np.mean(np.abs(values - mean))), float(np.sum((values + shift) ** 2))
    out = np.empty(6)
    call("rl_moments", values, values.size, shift, out)
    return tuple(out.tolist())
