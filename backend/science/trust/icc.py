"""Repeatability of features from repeated measurements: ICC(3,1), two-way mixed effects, consistency, one measurement.

Shrout & Fleiss 1979: (MSB - MSE) / (MSB + (k - 1) MSE) of a table of n subjects measured k times. Below 0.75 a feature
is not repeatable enough to read a change from (Koo & Li 2016 call that the lower edge of "good").

A file holds either `feature, icc` (ready values) or one row a measurement: `subject`, `repeat`, then features named as
in the radiomics table. Comma or semicolon separated.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import BadTable

FloatArray = NDArray[np.float64]
REPEATABLE = 0.75
FEWEST_SUBJECTS = 5


def read_icc(path: Path) -> dict[str, float]:
    """ICC by feature from either kind of file; refuses (BadTable) what is neither."""
    try:
        with path.open(encoding="utf-8-sig") as handle:
            header = handle.readline()
        separator = ";" if header.count(";") > header.count(",") else ","
        table = pd.read_csv(path, sep=separator, dtype={"subject": str, "repeat": str}, encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise BadTable(f"{path.name}: the repeatability table cannot be read; give a CSV file.") from error
    if {"feature", "icc"} <= set(table.columns):
        values = pd.to_numeric(table["icc"], errors="coerce")
        return dict(zip(table["feature"].astype(str), values.astype(float), strict=True))
    if {"subject", "repeat"} <= set(table.columns):
        return icc_by_feature(table, path.name)
    raise BadTable(
        f"{path.name} has neither the columns feature and icc nor subject and repeat; name them so and try again."
    )


def icc_by_feature(table: pd.DataFrame, name: str = "the repeatability table") -> dict[str, float]:
    """ICC(3,1) of every numeric column of a long table with `subject` and `repeat`.

    Subjects without every repeat are left out. Refuses a subject measured twice in one repeat, fewer than 2 repeats or
    fewer than 5 subjects.
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
    return dict(zip(columns, icc31(values).tolist(), strict=True))


def icc31(values: FloatArray) -> FloatArray:
    """(n subjects, k repeats, K) -> (K,); NaN where a value is missing or nothing varies."""
    n, k = values.shape[:2]
    grand = values.mean(axis=(0, 1))
    subjects, repeats = values.mean(axis=1), values.mean(axis=0)
    between = k * np.square(subjects - grand).sum(axis=0) / (n - 1)
    residual = values - subjects[:, None] - repeats[None] + grand
    error = np.square(residual).sum(axis=(0, 1)) / ((n - 1) * (k - 1))
    total = between + (k - 1) * error
    varies = total > 0
    return np.where(varies, (between - error) / np.where(varies, total, 1.0), np.nan)


def icc_summary(icc: Mapping[str, float]) -> dict[str, int]:
    """How many features have a known ICC, and how many of them lie below 0.75."""
    known = np.array([value for value in icc.values() if np.isfinite(value)])
    return {"known": len(known), "below_075": int((known < REPEATABLE).sum())}
