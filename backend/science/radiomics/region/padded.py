"""A region cut out with one voxel of 0 on each side, as the mesh and its moments need it."""

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.region.mask_index import bounding_box


def padded(region: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """(Z + 2, Y + 2, X + 2) of 0 and 1 around the bounding box of a region (D, H, W) with at least one voxel."""
    inside = region[bounding_box(region)]
    z, y, x = inside.shape
    box = np.zeros((z + 2, y + 2, x + 2), dtype=np.uint8)
    box[1:-1, 1:-1, 1:-1] = inside
    return box
