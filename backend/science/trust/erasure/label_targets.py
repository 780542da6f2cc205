"""The label of a task as the numbers that a linear head predicts."""

import numpy as np

from backend.errors import BadTable
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.types import FloatArray


def label_targets(label: Covariate, n: int) -> FloatArray:
    """Targets (n, C): a number as one column of variance 1, classes one-hot.

    Raises BadTable for a label of another length, one with missing values, and one that is the same everywhere.
    """
    if len(label.values) != n:
        raise BadTable(f"label {label.name!r} has {len(label.values)} values for {n} studies; give one each.")
    if np.issubdtype(label.values.dtype, np.number):
        values = np.asarray(label.values, dtype=np.float64)
        missing = int((~np.isfinite(values)).sum())
        names = np.unique(values)
        targets = (values - values.mean())[:, None] / (values.std() or 1.0)
    else:
        words = np.array([value.strip() for value in label.values.tolist()], dtype=str)
        missing = int((words == "").sum())
        names = np.unique(words)
        targets = (words[:, None] == names[None, :]).astype(np.float64)
    if missing:
        raise BadTable(f"label {label.name!r} is missing for {missing} studies; leave these studies out.")
    if len(names) < 2:
        raise BadTable(f"label {label.name!r} is the same for all studies; there is nothing to predict.")
    return np.asarray(targets)
