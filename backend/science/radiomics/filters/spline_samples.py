"""Samples of an image at the same points around each voxel of a region, by cubic splines.

Bit for bit `scipy.ndimage.map_coordinates` of the whole image: in the image's own type, 0 beyond its border.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.types import Box, FloatArray

MARGIN = 56  # voxels after which a spline's coefficients forget where the filter began, to the last bit
Indices = npt.NDArray[np.int32]


class SplineSamples:
    """`voxels` (D, H, W), `box` around the region, `points` (n, 3) in voxels relative to each voxel (z, y, x)."""

    def __init__(self, voxels: npt.NDArray[Any], box: Box, points: FloatArray) -> None:
        self._dtype = voxels.dtype
        reach = int(np.ceil(np.abs(points).max())) + 2
        self._coefficients = _coefficients(voxels, box, reach)
        axes = zip(voxels.shape, box, points.T, strict=True)
        self._taps = [_Taps.of(n, side, along, reach) for n, side, along in axes]

    def at(self, spans: Indices) -> npt.NDArray[Any]:
        """Samples (points, voxels) for spans (n, 4): z, y, x of the first voxel in the box, and length."""
        z, y, x = self._taps
        of_x = np.ascontiguousarray(x.weights.transpose(0, 2, 1))
        _, height, width = self._coefficients.shape
        found = np.empty((len(z.first), int(spans[:, 3].sum())))
        call(
            *("rl_sphere_samples", self._coefficients, height * width, width, spans, len(spans), len(z.first)),
            *(z.first.shape[1], y.first.shape[1], x.first.shape[1], z.first, y.first, x.first),
            *(z.weights, y.weights, of_x, found.shape[1], found),
        )
        return self._in_own_type(found)

    def _in_own_type(self, samples: FloatArray) -> npt.NDArray[Any]:
        """Integers are rounded, halves away from 0, and end where the type ends."""
        if self._dtype.kind == "f":
            return samples.astype(self._dtype)
        limits = np.iinfo(self._dtype)
        return np.trunc(samples + np.copysign(0.5, samples)).clip(limits.min, limits.max).astype(self._dtype)


@dataclass(frozen=True, eq=False)
class _Taps:
    """Along one axis, for each point and place: the first of four coefficients, and the weights (points, places, 4)."""

    first: Indices
    weights: FloatArray

    @classmethod
    def of(cls, n: int, side: slice, along: FloatArray, reach: int) -> "_Taps":
        """`along` (points,): how far each point is moved; coefficients are held from `reach` before the side on."""
        at = np.arange(side.start, side.stop) + along[:, None]
        cell = np.floor(at)
        y = at - cell
        z = 1.0 - y
        second = (y * y * (y - 2.0) * 3.0 + 4.0) / 6.0
        third = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0
        first = z * z * z / 6.0
        weights = np.stack([first, second, third, 1.0 - first - second - third], axis=-1)
        weights[(at < 0) | (at > n - 1)] = 0
        return cls((cell - 1 - (side.start - reach)).astype(np.int32), np.ascontiguousarray(weights))


def _coefficients(voxels: npt.NDArray[Any], box: Box, reach: int) -> FloatArray:
    """Coefficients in the box and `reach` voxels around it; the image is mirrored at its border voxels."""
    from scipy.ndimage import spline_filter1d

    wide = [slice(max(side.start - reach - MARGIN, 0), side.stop + reach + MARGIN) for side in box]
    block = voxels[tuple(wide)].astype(np.float64)
    for axis, (side, held, n) in enumerate(zip(box, wide, voxels.shape, strict=True)):
        block = spline_filter1d(block, order=3, axis=axis, output=np.float64, mode="constant")
        wanted = np.arange(side.start - reach, side.stop + reach) % max(2 * n - 2, 1)
        block = block.take(np.minimum(wanted, 2 * n - 2 - wanted) - held.start, axis=axis)
    return np.ascontiguousarray(block)
