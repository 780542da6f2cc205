"""Arrays as images of SimpleITK, checked."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import BadImage

Array = npt.NDArray[Any]


def placed(
    arrays: Mapping[str, Array], beside: sitk.Image | None, spacing: Sequence[float] | None
) -> dict[str, sitk.Image]:
    """Arrays (D, H, W) or (H, W) as volumes, on the grid of the image beside them or with `spacing` at the origin.

    Raises BadImage.
    """
    if spacing is not None and (beside is not None or not arrays):
        raise BadImage("Image and mask know the size of a voxel; spacing is for two arrays.")
    if beside is None and spacing is None:
        raise BadImage("Arrays do not tell the size of a voxel; give spacing=(x, y, z) in mm.")
    sides = checked_spacing(spacing, {array.ndim for array in arrays.values()} == {2}) if spacing is not None else ()
    volumes = {role: _volume(array, role) for role, array in arrays.items()}
    shapes = {volume.shape for volume in volumes.values()}
    shapes |= {tuple(reversed(beside.GetSize()))} if beside is not None and arrays else set()
    if len(shapes) > 1:
        raise BadImage(f"Image and mask differ in size ({' and '.join(map(str, sorted(shapes)))}); give equal ones.")
    images = {role: sitk.GetImageFromArray(volume) for role, volume in volumes.items()}
    for image in images.values():
        if beside is None:
            image.SetSpacing(sides)
        else:
            image.CopyInformation(beside)
    return images


def checked_spacing(spacing: Sequence[float], plane: bool) -> tuple[float, ...]:
    """Sides of a voxel (x, y, z) in mm; of a picture two are enough. Raises BadImage."""
    needed = (2, 3) if plane else (3,)
    try:
        sides = tuple(float(side) for side in spacing)
    except (TypeError, ValueError):
        sides = ()
    if len(sides) not in needed or not all(side > 0 and math.isfinite(side) for side in sides):
        raise BadImage(f"spacing is {str(spacing)[:60]}; give the {needed[0]} sides of a voxel in mm, each above 0.")
    return (*sides, 1.0)[:3]


def _volume(array: Array, role: str) -> Array:
    """An array (D, H, W) of a type that SimpleITK has, in this machine's byte order. Raises BadImage."""
    kind = array.dtype.kind
    if array.ndim not in (2, 3) or kind not in "biuf" or array.dtype.itemsize > 8:
        raise BadImage(
            f"The {role} is an array of {array.ndim} axes of {array.dtype}; give numbers of 8 to 64 bits (D, H, W), or "
            "(H, W)."
        )
    if not array.size:
        raise BadImage(f"The {role} is an array without voxels ({array.shape}); give one that holds some.")
    if kind == "b":
        array = array.astype(np.uint8)
    elif kind == "f" and array.dtype.itemsize == 2:
        array = array.astype(np.float32)  # holds every value of 16 bits
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return native[None] if native.ndim == 2 else native
