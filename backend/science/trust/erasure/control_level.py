"""What erasing a control costs: controls that take as much variance from the embedding as the concept does."""

from dataclasses import dataclass

import numpy as np

from backend.science.types import FloatArray

WINDOW = 100
QUANTILE = 0.95


@dataclass(frozen=True, slots=True)
class ControlLevel:
    """Of the controls of one kind nearest in erased variance to each of B concepts: mean and 95th percentile."""

    mean: FloatArray
    high: FloatArray


def matched(removed: FloatArray, control_removed: FloatArray, control_used: FloatArray) -> ControlLevel:
    """Level of the 100 controls nearest in erased variance, by rank; of half of them where there are fewer than 200."""
    size = min(WINDOW, max(1, len(control_used) // 2))
    order = np.argsort(control_removed, kind="stable")
    values = control_used[order]
    windows = np.lib.stride_tricks.sliding_window_view(values, size)
    position = np.searchsorted(control_removed[order], removed)
    start = np.clip(position - size // 2, 0, len(values) - size)
    return ControlLevel(windows.mean(axis=1)[start], np.quantile(windows, QUANTILE, axis=1)[start])
