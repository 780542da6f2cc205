"""Repeatability of features from repeated measurements: ICC(3,1), two-way mixed effects, consistency, one measurement.

Shrout & Fleiss 1979: (MSB - MSE) / (MSB + (k - 1) MSE) of a table of n subjects measured k times; its 95 % interval
from the F distribution (McGraw & Wong 1996). Below 0.75 a feature is not repeatable enough to read a change from (Koo &
Li 2016 call that the lower edge of "good"). `repeat_table` reads the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from backend.errors import BadTable
from backend.science.tables.confidence import LEVEL
from backend.science.trust.thresholds import REPEATABLE
from backend.science.types import FloatArray

FEWEST_SUBJECTS = 5


@dataclass(frozen=True)
class Repeatability:
    """ICC(3,1) of each feature with its 95 % interval, from `subjects` measured `repeats` times each."""

    subjects: int
    repeats: int
    features: tuple[str, ...]
    icc: FloatArray
    low: FloatArray
    high: FloatArray


def repeatability(table: pd.DataFrame, name: str = "the repeatability table") -> Repeatability:
    """Repeatability of every numeric column of a long table with `subject` and `repeat`.

    Subjects without every repeat are left out. Raises BadTable for a subject measured twice in one repeat, fewer than
    2 repeats or fewer than 5 subjects.
    """
    if table.duplicated(["subject", "repeat"]).any():
        raise BadTable(f"{name} has a subject with two rows for one repeat; keep one row a measurement.")
    columns = [c for c in table.select_dtypes("number").columns if c not in ("subject", "repeat")]
    repeats = table["repeat"].unique().tolist()
    counts = table["subject"].value_counts()
    complete = sorted(counts.index[counts == len(repeats)])
    if len(repeats) < 2 or len(complete) < FEWEST_SUBJECTS:
        raise BadTable(
            f"{name} has {len(complete)} subjects measured {len(repeats)} times; repeatability needs 5 measured twice."
        )
    rows = table.set_index(["repeat", "subject"])[columns].astype(float)
    values = np.stack([rows.loc[repeat].loc[complete].to_numpy() for repeat in repeats], axis=1)
    low, high = icc31_interval(values)
    return Repeatability(len(complete), len(repeats), tuple(columns), icc31(values), low, high)


def icc_by_feature(table: pd.DataFrame, name: str = "the repeatability table") -> dict[str, float]:
    """Return the ICC by feature, without intervals."""
    found = repeatability(table, name)
    return dict(zip(found.features, found.icc.tolist(), strict=True))


def icc31(values: FloatArray) -> FloatArray:
    """ICC(3,1) of measurements (n subjects, k repeats, K) -> (K,); NaN for missing or constant values."""
    between, error = _mean_squares(values)
    total = between + (values.shape[1] - 1) * error
    varies = total > 0
    return np.where(varies, (between - error) / np.where(varies, total, 1.0), np.nan)


def icc31_interval(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends (K,) of the 95 % interval of `icc31`; NaN where that is NaN, (1, 1) where repeats agree exactly."""
    n, k = values.shape[:2]
    between, error = _mean_squares(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = between / error
        tail = (1 + LEVEL) / 2
        low = f / stats.f.ppf(tail, n - 1, (n - 1) * (k - 1))
        high = f * stats.f.ppf(tail, (n - 1) * (k - 1), n - 1)
        ends = [np.where(np.isinf(end), 1.0, (end - 1) / (end + k - 1)) for end in (low, high)]
    return ends[0], ends[1]


def icc_summary(icc: Mapping[str, float]) -> dict[str, int]:
    """Number of features with an ICC, and of those below 0.75."""
    known = np.array([value for value in icc.values() if np.isfinite(value)])
    return {"known": len(known), "below_075": int((known < REPEATABLE).sum())}


def _mean_squares(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean squares (K,) between subjects, and of the residual."""
    n, k = values.shape[:2]
    grand = values.mean(axis=(0, 1))
    subjects, repeats = values.mean(axis=1), values.mean(axis=0)
    between = k * np.square(subjects - grand).sum(axis=0) / (n - 1)
    residual = values - subjects[:, None] - repeats[None] + grand
    return between, np.square(residual).sum(axis=(0, 1)) / ((n - 1) * (k - 1))
