"""The map of one feature in one derived image: batch by batch, so that it can be followed and ended."""

from collections.abc import Callable

import numpy as np

from backend.errors import Cancelled
from backend.science.radiomics.maps.classes import CLASSES
from backend.science.radiomics.maps.crop import Crop
from backend.science.types import FloatArray, Progress

BATCH = 4096
"""Voxels between two looks at whether the map is still wanted: some hundredths of a second."""


def values_of(
    crop: Crop,
    feature_class: str,
    feature: str,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FloatArray:
    """Values (n,) of the region's voxels in raster order. Raises Cancelled where `cancelled` says so after a batch."""
    over, at = CLASSES[feature_class][0](crop, feature), crop.positions()
    values = np.empty(at.size)
    for start in range(0, at.size, BATCH):
        if cancelled is not None and cancelled():
            raise Cancelled("The map is no longer wanted.")
        stop = min(start + BATCH, at.size)
        values[start:stop] = over(at[start:stop])
        if progress is not None:
            progress(f"map of {feature}", stop, at.size)
    return values
