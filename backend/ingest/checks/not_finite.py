"""Voxels that are not finite (NaN, infinite): 0 where nothing drawn is near, else the study is refused.

Maps fitted voxel by voxel hold NaN where the fit failed, mostly outside the body. Like the padding of a scanner they
count as 0, which the encoder's z-score leaves out. Features of a region see only voxels in and beside it.
"""

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.ingest.checks.finding_codes import Finding
from backend.ingest.rejection import Rejection
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import binary, resample_mask


def finite_images(
    images: Mapping[str, sitk.Image], masks: Iterable[sitk.Image], *, interpolated: bool = True
) -> tuple[dict[str, sitk.Image], list[Finding]]:
    """The images with 0 in place of such voxels, and a finding for each that has some.

    Raises Rejection where a mask covers one or, with `interpolated`, where another grid's voxel in a mask would see it.
    """
    drawn = [binary(mask) for mask in masks]
    made, found = dict(images), []
    for name, image in images.items():
        count = not_finite(image)
        if not count:
            continue
        bad = ~np.isfinite(sitk.GetArrayViewFromImage(image))
        grid = Grid.of(image)
        used = np.zeros(bad.shape, bool)
        for mask in drawn:
            used |= resample_mask(mask, grid) > 0
            if interpolated:
                used |= _seen(mask, grid)
        reached = int(np.count_nonzero(bad & used))
        if reached:
            where = "in or beside a mask" if interpolated else "in the region"
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


def _seen(mask: sitk.Image, grid: Grid) -> npt.NDArray[np.bool_]:
    """The voxels of `grid` that linear interpolation at any point of the mask reads: those around its voxels."""
    drawn = Grid.of(mask)
    middles = grid.index(drawn.point(np.argwhere(sitk.GetArrayViewFromImage(mask))[:, ::-1]))
    half = np.abs(np.linalg.inv(_axes(grid)) @ _axes(drawn)).sum(axis=1) / 2
    seen = np.zeros(grid.size[::-1], bool)
    last = np.array(grid.size) - 1
    for corner in product((0, 1), repeat=3):
        ends = np.where(corner, np.ceil(middles + half), np.floor(middles - half)).clip(0, last).astype(int)
        seen[ends[:, 2], ends[:, 1], ends[:, 0]] = True
    return seen


def _axes(grid: Grid) -> npt.NDArray[np.float64]:
    axes: npt.NDArray[np.float64] = np.array(grid.direction).reshape(3, 3) * grid.spacing
    return axes


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
