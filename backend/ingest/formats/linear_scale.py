"""The scale of stored values: value = slope x stored + offset, computed in float64 and kept as float."""

from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile

EXACT_IN_FLOAT32 = 2  # bytes of a whole number that float32 holds exactly


def scaled(
    voxels: npt.NDArray[Any], slope: float, offset: float, name: str, fields: tuple[str, str]
) -> npt.NDArray[Any]:
    """The voxels on the scale their file states; `fields` are the header's words for slope and offset. Raises BadFile.

    A slope of 1 and an offset of 0 change nothing, not even the type.
    """
    for field, value in zip(fields, (slope, offset), strict=True):
        if not isfinite(value):
            raise BadFile(f"{name} states no finite scale of its values ({field} is {value:g}); correct its header.")
    if slope == 0:
        raise BadFile(f"{name} states a scale that makes every value the same ({fields[0]} is 0); correct its header.")
    if slope == 1 and offset == 0:
        return voxels
    kept = np.float32 if voxels.dtype.str[1:] == "f4" or voxels.dtype.itemsize <= EXACT_IN_FLOAT32 else np.float64
    with np.errstate(over="ignore", invalid="ignore"):
        made = voxels.astype(np.float64) * slope + offset
        return made.astype(kept)
