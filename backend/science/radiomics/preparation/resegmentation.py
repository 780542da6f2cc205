"""PyRadiomics' resegmentation by value range, with its error messages."""

from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.plan import Preparation
from backend.science.types import MaskArray


def resegmented(image: npt.NDArray[Any], roi: MaskArray, plan: Preparation) -> MaskArray:
    """The voxels of `roi` whose value lies in the range. Raises ValueError where one or none is left.

    Means and limits are made in the image's own type, as PyRadiomics does: values on a limit are common.
    """
    assert plan.resegment is not None
    values = image[roi]
    limits: list[Any] = sorted(plan.resegment)
    if plan.resegment_mode == "relative":
        limits = [np.max(values) * limit for limit in limits]
    elif plan.resegment_mode == "sigma":
        mean, deviation = np.mean(values), np.std(values)
        limits = [mean + deviation * limit for limit in limits]
    kept = values >= limits[0]
    if len(limits) == 2:
        kept &= values <= limits[1]
    left = int(np.count_nonzero(kept))
    if left <= 1:
        raise ValueError(
            f"Resegmentation excluded too many voxels with label 1 (retained {left} voxel(s))! Cannot extract features"
        )
    result = np.zeros_like(roi)
    result[roi] = kept
    return result


def refuse_small(roi: MaskArray, size: tuple[int, int, int], plan: Preparation) -> None:
    """Raise ValueError for a region with too few dimensions or voxels; `size` is that of its bounding box."""
    dimensions = sum(n > 1 for n in size)
    if dimensions == 0:
        raise ValueError("mask only contains 1 segmented voxel! Cannot extract features for a single voxel.")
    if dimensions < plan.minimum_dimensions:
        raise ValueError(
            f"mask has too few dimensions (number of dimensions {dimensions}, "
            f"minimum required {plan.minimum_dimensions})"
        )
    voxels = int(np.count_nonzero(roi))
    if plan.minimum_size is not None and voxels <= plan.minimum_size:
        raise ValueError(f"Size of the ROI is too small (minimum size: {plan.minimum_size:g}, ROI size: {voxels:g}")
