"""Local binary patterns in space, of a region's voxels, as PyRadiomics computes them.

Samples on a sphere around a voxel are compared with the voxel itself; the pattern's power in each order of spherical
harmonics does not change when it is turned. J. Banerjee, A. Moelker, W. J. Niessen, T. van Walsum, ACCV 2012 Workshops,
LNCS 7728. PyRadiomics gives the two angles to the harmonics in each other's place; so does this.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.filters.icosphere import icosphere
from backend.science.radiomics.filters.spline_samples import SplineSamples
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.types import FloatArray

TOGETHER = 64  # as in sphere.c
MOST_SAMPLES = 1 << 20  # held at once


def local_binary_pattern_3d(
    voxels: npt.NDArray[Any], mask: MaskIndex, levels: int, radius: float, subdivision: int
) -> Iterator[tuple[str, FloatArray]]:
    """Yield (`m1`, ..., `m<levels>`, `k`) and values (n,) float64 of the region in the image `voxels` (D, H, W).

    `m<i>`: power of the pattern in order i - 1; `k`: kurtosis of the samples, NaN where all are equal. The radius is
    in voxels along each axis, whatever their size.
    """
    corners = icosphere(subdivision, radius)
    harmonics = _harmonics(corners, radius, levels)
    sphere = SplineSamples(voxels, mask.box, corners)
    centres = voxels[mask.box]
    found = np.empty((levels + 1, mask.voxels))
    done = 0
    for spans in _parts(mask, max(MOST_SAMPLES // len(corners), 1)):
        samples = sphere.at(spans)
        part = found[:, done : done + samples.shape[1]]
        part[:levels] = _powers(samples >= _along(centres, spans), harmonics, levels)
        part[levels] = _kurtosis(np.ascontiguousarray(samples.T))
        done += samples.shape[1]
    for at, values in enumerate(found):
        yield f"m{at + 1}" if at < levels else "k", values


def _harmonics(corners: FloatArray, radius: float, levels: int) -> npt.NDArray[np.complex128]:
    """Spherical harmonics (levels^2, corners): order n from 0 on, degree m from -n to n."""
    from scipy.special import sph_harm_y

    polar = np.arccos(corners[:, 2] / radius)
    azimuth = np.arctan2(corners[:, 1], corners[:, 0])
    return np.array([sph_harm_y(n, m, azimuth, polar) for n in range(levels) for m in range(-n, n + 1)])


def _parts(mask: MaskIndex, most: int) -> Iterator[npt.NDArray[np.int32]]:
    """The region's spans (n, 4), z, y, x in its box and length, about `most` voxels at a time."""
    z, y, x = (place - 1 for place in np.unravel_index(mask.spans[:, 0], mask.shape))
    spans = np.stack([z, y, x, mask.spans[:, 1]], axis=1).astype(np.int32)
    last = np.cumsum(spans[:, 3]) // most
    for first, stop in pairwise([0, *(np.flatnonzero(np.diff(last)) + 1).tolist(), len(spans)]):
        yield spans[first:stop]


def _along(centres: npt.NDArray[Any], spans: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
    return np.concatenate([centres[z, y, x : x + length] for z, y, x, length in spans.tolist()])


def _powers(above: npt.NDArray[np.bool_], harmonics: npt.NDArray[np.complex128], levels: int) -> FloatArray:
    """Power (levels, voxels) of patterns (corners, voxels)."""
    found = np.empty((levels, above.shape[1]))
    work = np.empty(2 * TOGETHER * (2 * levels - 1))
    parts = (np.ascontiguousarray(harmonics.real), np.ascontiguousarray(harmonics.imag))
    call("rl_sphere_levels", above.view(np.uint8), *above.shape, *parts, levels, work, found)
    return found


def _kurtosis(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Excess kurtosis of each row, in the samples' precision, NaN where a row does not vary: scipy's."""
    with np.errstate(all="ignore"):
        mean = samples.mean(axis=1, keepdims=True)
        squares = (samples - mean) ** 2
        second, fourth = squares.mean(axis=1), (squares**2).mean(axis=1)
        flat = second <= (np.finfo(second.dtype).eps * mean[:, 0]) ** 2
        kurtosis: npt.NDArray[Any] = np.where(flat, np.nan, fourth / second**2.0) - 3
    return kurtosis
