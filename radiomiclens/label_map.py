"""A mask as whole numbers, any that 32 bits hold."""

import numpy as np
import SimpleITK as sitk

from backend.errors import BadImage

ROUNDING = 1e-4
"""Programs that scale labels leave 0.9999999."""


def label_map(mask: sitk.Image, name: str) -> sitk.Image:
    """The mask as int32. Raises BadImage for values that are no labels, such as probabilities."""
    values = sitk.GetArrayFromImage(mask)
    limits = np.iinfo(np.int32)
    with np.errstate(invalid="ignore"):
        nearest = np.rint(values) if values.dtype.kind == "f" else values
        wrong = ~((nearest >= limits.min) & (nearest <= limits.max))
        if values.dtype.kind == "f":
            wrong |= ~(np.abs(values - nearest) <= ROUNDING)
    if wrong.any():
        raise BadImage(
            f"{name} holds {values[wrong][0]:.6g}, which is no label: a whole number of 32 bits; export it as a label "
            "map."
        )
    made = sitk.GetImageFromArray(nearest.astype(np.int32))
    made.CopyInformation(mask)
    return made
