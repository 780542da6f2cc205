"""Surface distance between two masks."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from backend.science.types import Spacing


def hausdorff95(predicted: NDArray[np.bool_], true: NDArray[np.bool_], spacing: Spacing) -> float | None:
    """95th percentile Hausdorff distance in mm of two masks (D, H, W) with voxels of `spacing` (z, y, x) mm.

    The larger of the two directed distances: the 95th percentile of the distances from the surface voxels of one mask
    to the nearest surface voxel of the other. None where a mask is empty.
    """
    if not predicted.any() or not true.any():
        return None
    around = ndimage.find_objects((predicted | true).astype(np.int8))[0]
    ours, theirs = surface(predicted[around]), surface(true[around])
    there, back = (
        ndimage.distance_transform_edt(~of, sampling=spacing)[towards]
        for of, towards in ((theirs, ours), (ours, theirs))
    )
    return float(max(np.percentile(there, 95), np.percentile(back, 95)))


def surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels of the mask with one of their six neighbours outside; the array's border counts as outside."""
    edge: NDArray[np.bool_] = mask & ~ndimage.binary_erosion(mask)
    return edge
