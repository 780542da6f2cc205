"""Resampling of voxels from one grid to another, axis by axis where the two are parallel.

T2, DWI, ADC and masks of a study nearly always share their axes. Then linear interpolation is three one-dimensional
ones and costs a fraction of SimpleITK's general resampler. Values agree with it to float32 rounding: ITK's
`LinearInterpolateImageFunction` (edge voxels reach half a voxel outwards, 0 beyond) and `NearestNeighbor` (halves go
up). Grids that are not parallel go through SimpleITK. One thread either way: the same voxels give the same bits.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.types import Box, Float32Array

PARALLEL = 1e-5
"""Largest deviation in voxels at which two grids count as parallel, because headers round their directions."""
WHOLE = 1e-6
"""A position this close to a voxel's centre counts as the centre, so that header rounding does not blur an image."""

Positions = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Positions of the voxels of `target` in `source`.

    `axes`: for the target's x, y, z the source axis parallel to it, None where the grids are not parallel; `positions`:
    along each of these the source index (fractional) of every target voxel.
    """

    source: Grid
    target: Grid
    axes: tuple[int, int, int] | None
    positions: tuple[Positions, Positions, Positions]

    @classmethod
    def between(cls, source: Grid, target: Grid) -> "Placement":
        """Return the placement of `target` in `source`; `axes` is None where the grids are not parallel."""
        origin = source.index(target.point((0, 0, 0)))
        steps = source.index(target.point(np.eye(3))) - origin  # (target axis, source axis)
        axes = np.abs(steps).argmax(axis=1)
        across = np.abs(steps)
        across[np.arange(3), axes] = 0
        off = float((across * (np.array(target.size) - 1)[:, None]).sum(axis=0).max())
        parallel = len(set(axes.tolist())) == 3 and off <= PARALLEL
        along = [origin[axis] + steps[n, axis] * np.arange(target.size[n]) for n, axis in enumerate(axes)]
        snapped = [np.where(np.abs(p - np.rint(p)) < WHOLE, np.rint(p), p) for p in along]
        chosen = (int(axes[0]), int(axes[1]), int(axes[2])) if parallel else None
        return cls(source, target, chosen, (snapped[0], snapped[1], snapped[2]))

    def linear(self, image: sitk.Image) -> Float32Array:
        """Resample `image` on `source` by linear interpolation, (D, H, W) float32, 0 outside its field."""
        if self.axes is None:
            moved = self._resampled(sitk.Cast(image, sitk.sitkFloat32), sitk.sitkLinear)
            return np.asarray(sitk.GetArrayFromImage(moved), dtype=np.float32)
        voxels = self._turned(sitk.GetArrayViewFromImage(image))
        x, y, z = self.positions
        placed = np.empty(self.target.size[::-1], dtype=np.float32)
        planes: dict[int, npt.NDArray[np.float64]] = {}  # two slices at a time, so that the data stay in the CPU cache
        for k, (lower, upper, way) in enumerate(zip(*_neighbours(z, len(voxels)), strict=True)):
            planes = {i: planes[i] if i in planes else _plane(voxels[i], x, y) for i in {int(lower), int(upper)}}
            first = planes[int(lower)]
            placed[k] = first + (planes[int(upper)] - first) * way if way else first
        return self._within(placed)

    def nearest(self, mask: sitk.Image) -> npt.NDArray[np.uint8]:
        """Resample the labels of `mask` on `source` by nearest voxel, (D, H, W) uint8, 0 outside its field."""
        if self.axes is None:
            return np.asarray(sitk.GetArrayFromImage(self._resampled(mask, sitk.sitkNearestNeighbor)), dtype=np.uint8)
        labels = self._turned(sitk.GetArrayViewFromImage(mask)).astype(np.uint8)
        for axis, positions in ((2, self.positions[0]), (1, self.positions[1]), (0, self.positions[2])):
            n = labels.shape[axis]
            if not _same(positions, n):
                rows = np.floor(positions + 0.5 + WHOLE).astype(np.intp)
                labels = labels.take(np.clip(rows, 0, n - 1), axis=axis)
        return np.asarray(self._within(labels))

    def inside(self) -> Box:
        """The box (z, y, x) of target voxels whose centres lie within the source's outer voxel edges; parallel only."""
        assert self.axes is not None
        x, y, z = (_range(p, self.source.size[axis]) for p, axis in zip(self.positions, self.axes, strict=True))
        return z, y, x

    def _turned(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The source array (z, y, x) with its axes in the target's order."""
        assert self.axes is not None
        return array.transpose([2 - axis for axis in reversed(self.axes)])

    def _within(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values, in C order, with 0 outside the field of `source`."""
        values = np.ascontiguousarray(values)
        for axis, box in enumerate(self.inside()):
            outside = np.moveaxis(values, axis, 0)
            outside[: box.start] = 0
            outside[box.stop :] = 0
        return values

    def _resampled(self, image: sitk.Image, interpolator: int) -> sitk.Image:
        grid = self.target
        resampler = sitk.ResampleImageFilter()
        resampler.SetNumberOfThreads(1)
        resampler.SetInterpolator(interpolator)
        resampler.SetSize(grid.size)
        resampler.SetOutputOrigin(grid.origin)
        resampler.SetOutputSpacing(grid.spacing)
        resampler.SetOutputDirection(grid.direction)
        moved: sitk.Image = resampler.Execute(image)
        return moved


def _plane(values: npt.NDArray[Any], x: Positions, y: Positions) -> npt.NDArray[np.float64]:
    """A slice (h, w) at the positions along x, then along y: float32 voxels, float64 between them."""
    plane = values.astype(np.float32).astype(np.float64)
    return _along(_along(plane, x, axis=1), y, axis=0)


def _along(values: npt.NDArray[np.float64], positions: Positions, axis: int) -> npt.NDArray[np.float64]:
    """Linear interpolation along one axis; the values themselves where the voxels coincide."""
    if _same(positions, values.shape[axis]):
        return values
    lower, upper, way = _neighbours(positions, values.shape[axis])
    first, second = values.take(lower, axis=axis), values.take(upper, axis=axis)
    second -= first
    second *= way if axis == 1 else way[:, None]
    first += second
    return first


def _neighbours(positions: Positions, n: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Positions]:
    """Lower and upper neighbour of each position and the way between them, 0 to 1; the edges are held."""
    held = np.clip(positions, 0, n - 1)
    lower = np.floor(held).astype(np.intp)
    return lower, np.minimum(lower + 1, n - 1), held - lower


def _range(positions: Positions, n: int) -> slice:
    """Which positions lie in the field of an axis of n voxels; they run one way, so it is one range."""
    within = np.flatnonzero((positions >= -0.5) & (positions <= n - 0.5))
    return slice(int(within[0]), int(within[-1]) + 1) if within.size else slice(0, 0)


def _same(positions: Positions, n: int) -> bool:
    return len(positions) == n and bool((positions == np.arange(n)).all())
