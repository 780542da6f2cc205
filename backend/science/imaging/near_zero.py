"""What counts as zero in an image: values next to zero that a resampling leaves where nothing was measured."""

from typing import Any

import numpy as np
import numpy.typing as npt

NEAR_ZERO = 1e-5
"""Share of the usual maximum below which nothing is a measurement: integers as acquired lie above it."""
USUAL = 0.999


def usual_maximum(values: npt.NDArray[Any]) -> float:
    """The size below which 99.9 % of the non-zero values lie, which one hot voxel does not move; 0 without any."""
    sizes = np.abs(values[values != 0].astype(np.float64))
    return float(np.quantile(sizes, USUAL)) if sizes.size else 0.0


def without_near_zeros(values: npt.NDArray[np.float64], zero_below: float) -> npt.NDArray[np.float64]:
    """The values, with 0 where they are smaller than this share of their usual maximum."""
    if not zero_below:
        return values
    return np.where(np.abs(values) < zero_below * usual_maximum(values), 0.0, values)
