"""Segments the body on a T2 (tissue against air), to find masks that were mirrored or shifted out of it."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import binary, resample_mask
from backend.science.types import Size

BLOCK_MM = (3.0, 3.0, 2.0)  # x, y, z, at least a voxel: finer detail only costs time
AIR = 0.12  # share of the median of the brighter half below which a block is air
FEWEST_AIR = 0.05  # an image without any air around the body says nothing


def share_outside_body(t2: sitk.Image, gland: sitk.Image) -> float:
    """Share of the gland's voxels in air outside the body, on the T2 as acquired; 0 where no air is in the picture."""
    axial = sitk.DICOMOrient(t2, "LPS")  # holes are filled slice by slice
    inside = resample_mask(binary(gland), Grid.of(axial)) > 0
    step = _step(axial.GetSpacing())
    blocks = _blocks(sitk.GetArrayViewFromImage(axial), step)
    bright = blocks[blocks > np.median(blocks)]
    if not bright.size or not inside.any():
        return 0.0
    tissue = blocks > AIR * float(np.median(bright))
    if float((~tissue).mean()) < FEWEST_AIR:
        return 0.0
    body = _filled(tissue)
    where = np.argwhere(inside) // np.array(step)
    where = np.minimum(where, np.array(body.shape) - 1)
    return float((~body[tuple(where.T)]).mean())


def _step(spacing: tuple[float, ...]) -> Size:
    """Voxels of a block along z, y, x."""
    z, y, x = (max(1, round(wanted / mm)) for wanted, mm in zip(BLOCK_MM[::-1], spacing[::-1], strict=True))
    return z, y, x


def _blocks(image: npt.NDArray[Any], step: Size) -> npt.NDArray[np.float64]:
    """Means over blocks; what does not fill a block at the far edges is left out."""
    shape = [max(n // size, 1) for n, size in zip(image.shape, step, strict=True)]
    cut = [min(n * size, have) for n, size, have in zip(shape, step, image.shape, strict=True)]
    each = [n // count for n, count in zip(cut, shape, strict=True)]
    total = image
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
