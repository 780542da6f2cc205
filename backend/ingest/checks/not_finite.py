"""Voxels that are not finite (NaN, infinite): 0 where nothing drawn is near, else the study is refused.

Maps fitted voxel by voxel hold NaN where the fit failed, mostly outside the body. Like the padding of a scanner they
count as 0, which the encoder's z-score leaves out. Features of a region see only voxels in and beside it.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import SimpleITK as sitk

from backend.ingest.checks.finding_codes import Finding
from backend.ingest.rejection import Rejection
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import binary, resample_mask

REACH = 2  # voxels around a region: what linear interpolation onto another grid can see


def finite_images(
    images: Mapping[str, sitk.Image], masks: Iterable[sitk.Image], reach: int = REACH
) -> tuple[dict[str, sitk.Image], list[Finding]]:
    """The images with 0 in place of such voxels, and a finding for each that has some; `reach` is in voxels.

    Raises Rejection where one lies in a mask or within `reach` of it.
    """
    drawn = list(masks)
    made, found = dict(images), []
    for name, image in images.items():
        count = not_finite(image)
        if not count:
            continue
        bad = ~np.isfinite(sitk.GetArrayViewFromImage(image))
        used = np.zeros(bad.shape, bool)
        for mask in drawn:
            used |= resample_mask(binary(mask), Grid.of(image)) > 0
        if reach:
            from scipy import ndimage  # slow to import, and rarely needed

            used = ndimage.binary_dilation(used, np.ones((3, 3, 3)), reach)
        reached = int(np.count_nonzero(bad & used))
        if reached:
            where = "in or beside a mask" if reach else "in the region"
            raise Rejection(
                f"{name} holds {_counted(reached)} {where} not finite (NaN or infinite); repair it, or draw the mask "
                "without them.",
                "bad_file",
            )
        made[name] = with_zeros(image)
        where = "away from every mask" if drawn else "and there is no mask"
        sentence = f"{name} holds {_counted(count)} not finite (NaN or infinite), {where}, counted as 0."
        found.append(Finding("not_finite", sentence))
    return made, found


def _counted(voxels: int) -> str:
    return f"{voxels} {'voxel' if voxels == 1 else 'voxels'}"


def not_finite(image: sitk.Image) -> int:
    """How many voxels are NaN or infinite."""
    values = sitk.GetArrayViewFromImage(image)
    return int(values.size - np.count_nonzero(np.isfinite(values))) if values.dtype.kind == "f" else 0


def with_zeros(image: sitk.Image) -> sitk.Image:
    """The image with 0 where a voxel is not finite."""
    values = sitk.GetArrayFromImage(image)
    values[~np.isfinite(values)] = 0
    made = sitk.GetImageFromArray(values)
    made.CopyInformation(image)
    return made
