"""PyRadiomics' resampling of image and region to another spacing, around the region only.

The new grid starts at the corner of the mask's and covers the region's box and `pad` voxels more. The image keeps its
type: fractions of whole numbers are cut off, as ITK does. B-spline coefficients depend on voxels far away, by a factor
of 0.27 a voxel: they are made of a part of the image that reaches MARGIN voxels beyond the new grid, which leaves less
than 1e-18 of a value.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.radiomics.plan import Preparation
from backend.science.radiomics.preparation.bspline import interpolated
from backend.science.radiomics.preparation.source import Source
from backend.science.radiomics.region.mask_index import bounding_box
from backend.science.types import Box, MaskArray

MARGIN = 32
Voxels = npt.NDArray[Any]
XYZ = npt.NDArray[np.float64]


def resampled(image: Source, roi: MaskArray, grid: Grid, plan: Preparation) -> tuple[Voxels, MaskArray, Grid]:
    """The image and the region (D, H, W) on the new grid, and that grid. Raises ValueError for an empty region.

    Spacings of 0, and those of axes along which the region is one voxel thick, stay as they are.
    """
    assert plan.spacing is not None
    first, size = _box_xyz(roi)
    old = np.array(grid.spacing)
    asked = np.array([*plan.spacing, 0.0][:3], dtype=np.float64)
    spacing = np.where((asked == 0) | (size == 1), old, asked)
    if np.allclose(old, spacing):
        return cropped(image, roi, grid, plan.pad)
    target = _new_grid(grid, first, size, spacing, plan.pad)
    found = _image_on(image, grid, target, plan.interpolator)
    region = _on(_volume(roi.astype(np.uint8), grid), target, sitk.sitkNearestNeighbor)
    return found, sitk.GetArrayFromImage(region) == 1, target


def cropped(image: Source, roi: MaskArray, grid: Grid, pad: int) -> tuple[Voxels, MaskArray, Grid]:
    """The part of the image and the region that reaches `pad` voxels beyond the region's box."""
    z, y, x = (
        slice(max(side.start - pad, 0), min(side.stop + pad, n))
        for side, n in zip(bounding_box(roi), roi.shape, strict=True)
    )
    box = (z, y, x)
    return image.part(box), np.ascontiguousarray(roi[box]), _part(grid, box)


def _box_xyz(roi: MaskArray) -> tuple[XYZ, XYZ]:
    """First voxel and size of the region's box, (x, y, z)."""
    box = bounding_box(roi)[::-1]
    return np.array([float(s.start) for s in box]), np.array([float(s.stop - s.start) for s in box])


def _new_grid(grid: Grid, first: XYZ, size: XYZ, spacing: XYZ, pad: int) -> Grid:
    """The grid of PyRadiomics' resampleImage: its arithmetic, because a box may end on a rounding edge."""
    old, voxels = np.array(grid.spacing), np.array(grid.size)
    ratio = old / spacing
    low = np.maximum(np.floor((first - 0.5) * ratio - pad), 0)
    high = np.minimum(np.ceil((first + size - 0.5) * ratio + pad), np.ceil(voxels * ratio) - 1)
    # The first voxel of the whole new grid shares its corner with the old one's; `low` voxels of it are left out.
    start = 0.5 * (spacing - old) / old + low / ratio
    reference = sitk.Image([1, 1, 1], sitk.sitkUInt8)
    reference.SetSpacing(grid.spacing)
    reference.SetOrigin(grid.origin)
    reference.SetDirection(grid.direction)
    x, y, z = (int(n) for n in high - low + 1)
    return Grid(
        size=(x, y, z),
        spacing=tuple(spacing.tolist()),
        origin=tuple(reference.TransformContinuousIndexToPhysicalPoint(start.tolist())),
        direction=grid.direction,
    )


def _image_on(image: Source, grid: Grid, target: Grid, interpolator: str) -> Voxels:
    """The image on the target grid, from the part of it that matters there."""
    corners = grid.index(target.corners())
    low = np.floor(corners.min(axis=0)).astype(int) - MARGIN
    high = np.ceil(corners.max(axis=0)).astype(int) + MARGIN + 1
    x, y, z = (slice(max(int(a), 0), min(int(b), n)) for a, b, n in zip(low, high, grid.size, strict=True))
    if not (x.stop > x.start and y.stop > y.start and z.stop > z.start):
        return np.zeros(target.size[::-1], dtype=image.dtype)  # the first new voxel already lies beyond the image
    part = image.part((z, y, x))
    if interpolator == "sitkBSpline":
        found = _by_spline(part, _part(grid, (z, y, x)), target)
        if found is not None:
            return found
        part, x, y, z = image.whole, *(slice(0, n) for n in grid.size)
    return sitk.GetArrayFromImage(_on(_volume(part, _part(grid, (z, y, x))), target, getattr(sitk, interpolator)))


def _by_spline(part: Voxels, grid: Grid, target: Grid) -> Voxels | None:
    """B-spline values in the image's type; None where ITK's own rounding decides.

    ITK cuts fractions off: a value that is a whole number but for rounding (in air, say) becomes that or the next one.
    And a point on the outer edge of the last voxel may be inside the image, or outside and 0.
    """
    first = grid.index(np.array(target.origin))
    steps = np.array(target.spacing) / np.array(grid.spacing)
    z, y, x = (first[a] + steps[a] * np.arange(target.size[a]) for a in (2, 1, 0))
    if any(np.abs(place - (n - 0.5)).min() < 1e-6 for place, n in zip((z, y, x), part.shape, strict=True)):
        return None
    values = interpolated(part, (z, y, x))
    if part.dtype.kind == "f":
        return values.astype(part.dtype)
    limits = np.iinfo(part.dtype)
    nearest = np.rint(values)
    noise = 1e-10 * max(float(np.abs(values).max()), 1.0)  # ITK's own tolerance at an end of the image
    if ((np.abs(values - nearest) < noise) & (nearest != 0)).any():
        return None
    return np.clip(np.trunc(values), limits.min, limits.max).astype(part.dtype)


def _on(volume: sitk.Image, target: Grid, interpolator: int) -> sitk.Image:
    resampler = sitk.ResampleImageFilter()
    resampler.SetNumberOfThreads(1)
    resampler.SetSize(target.size)
    resampler.SetOutputSpacing(target.spacing)
    resampler.SetOutputOrigin(target.origin)
    resampler.SetOutputDirection(target.direction)
    resampler.SetOutputPixelType(volume.GetPixelID())
    resampler.SetInterpolator(interpolator)
    found: sitk.Image = resampler.Execute(volume)
    return found


def _volume(array: Voxels, grid: Grid) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.origin)
    image.SetDirection(grid.direction)
    return image


def _part(grid: Grid, box: Box) -> Grid:
    """The grid of a box (slices z, y, x) of it."""
    z, y, x = box
    size = (x.stop - x.start, y.stop - y.start, z.stop - z.start)
    return Grid(size, grid.spacing, tuple(grid.point((x.start, y.start, z.start)).tolist()), grid.direction)
