"""Where the body is on a T2: tissue against air, for masks that were mirrored or shifted out of it."""

import math

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from backend.science.images import PreparedCase

STEP = (2, 6, 6)  # 2 x 3 x 3 mm blocks of the working grid: finer detail only costs time
AIR = 0.12  # share of the median of the brighter half below which a block is air
FEWEST_AIR = 0.05  # an image without any air around the body says nothing


def share_outside_body(case: PreparedCase) -> float:
    """Share of the gland's voxels in air outside the body; 0 where no air is in the picture."""
    t2, gland = case.images["T2"], case.masks["gland"] > 0
    blocks = _blocks(t2)
    bright = blocks[blocks > np.median(blocks)]
    if not bright.size or not gland.any():
        return 0.0
    tissue = blocks > AIR * float(np.median(bright))
    if float((~tissue).mean()) < FEWEST_AIR:
        return 0.0
    body = _filled(tissue)
    where = np.argwhere(gland) // np.array(STEP)
    where = np.minimum(where, np.array(body.shape) - 1)
    return float((~body[tuple(where.T)]).mean())


def _blocks(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Means over blocks; what does not fill a block at the far edges is left out."""
    shape = [max(n // step, 1) for n, step in zip(image.shape, STEP, strict=True)]
    cut = [min(n * step, have) for n, step, have in zip(shape, STEP, image.shape, strict=True)]
    each = [n // count for n, count in zip(cut, shape, strict=True)]
    total: npt.NDArray[np.floating] = image
    for axis, (count, size) in enumerate(zip(shape, each, strict=True)):  # z first: whole slices are added fastest
        along = np.moveaxis(total, axis, 0)
        summed = along[0 : count * size : size].astype(np.float64)
        for k in range(1, size):
            summed += along[k : count * size : size]
        total = np.moveaxis(summed, 0, axis)
    return np.asarray(total / math.prod(each))


def _filled(tissue: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The largest piece of tissue with its holes (bowel gas, dark bone) filled slice by slice."""
    pieces, count = ndimage.label(ndimage.binary_erosion(tissue, border_value=1))
    if not count:
        return tissue
    sizes = np.bincount(pieces.ravel())[1:]
    body = ndimage.binary_dilation(pieces == 1 + int(sizes.argmax()), iterations=2)
    return np.stack([ndimage.binary_fill_holes(slice_) for slice_ in body])
