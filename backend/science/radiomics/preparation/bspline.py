"""Cubic B-spline interpolation on a grid parallel to the image's, one axis after the other.

ITK's B-spline interpolator has no way to say that the axes are parallel, and takes 64 voxels a point. Here each axis is
one small matrix: from voxels to coefficients (the inverse of the spline's values at the voxels, mirrored at the ends,
M. Unser 1999), then to the points.
"""

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


def interpolated(voxels: npt.ArrayLike, places: tuple[Matrix, Matrix, Matrix]) -> Matrix:
    """Values (D', H', W') float64 of the image (D, H, W) at continuous indices `places` along z, y and x.

    Points beyond the outer edge of a voxel are 0, as in ITK.
    """
    found = np.asarray(voxels, dtype=np.float64)
    for axis in (2, 1, 0):
        weights = _weights(places[axis], found.shape[axis])
        found = np.moveaxis(np.moveaxis(found, axis, -1) @ weights.T, -1, axis)
    return np.ascontiguousarray(found)


def _weights(places: Matrix, n: int) -> Matrix:
    """Weights (points, n) of the voxels along one axis."""
    first = np.floor(places).astype(np.int64) - 1
    t = places - np.floor(places)
    taps = np.stack(
        [(1 - t) ** 3, 4 - 6 * t**2 + 3 * t**3, 1 + 3 * t + 3 * t**2 - 3 * t**3, t**3],
        axis=1,
    )
    of_coefficients = np.zeros((places.size, n))
    rows = np.arange(places.size)
    for k in range(4):
        np.add.at(of_coefficients, (rows, _mirrored(first + k, n)), taps[:, k] / 6)
    of_coefficients[(places < -0.5) | (places >= n - 0.5)] = 0
    if n == 1:
        return of_coefficients
    at_voxels = np.diag(np.full(n, 4 / 6))
    for step in (-1, 1):
        np.add.at(at_voxels, (np.arange(n), _mirrored(np.arange(n) + step, n)), 1 / 6)
    return np.asarray(np.linalg.solve(at_voxels.T, of_coefficients.T).T, dtype=np.float64)


def _mirrored(index: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """Indices beyond an end, mirrored at the voxel there."""
    if n == 1:
        return np.zeros_like(index)
    period = 2 * n - 2
    within = index % period
    return np.where(within < n, within, period - within)
