"""Principal axes of a region: eigenvalues of the covariance of its voxels' places in mm (IBSI: morphological PCA)."""

import math

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call

NOISE = 1e-8
"""Of the largest eigenvalue: below, a region is as good as flat or straight, and digits of rounding decide."""
Values = npt.NDArray[np.float64]


def eigenvalues(mask: npt.NDArray[np.uint8], spacing: Values) -> list[float]:
    """Eigenvalues in mm2, ascending, of a mask (..., Y, X) of 0 and 1; `spacing` has one number an axis.

    Those a little below 0 are 0, as in PyRadiomics. Where one is rounding noise beside the largest, PyRadiomics' steps
    are repeated on the voxels, so that the noise is the same.
    """
    values = np.linalg.eigvalsh(_covariance(mask, spacing))
    if values[0] <= NOISE * values[-1]:
        values = np.linalg.eigvals(_rounded_covariance(mask, spacing)).real  # twins can come out a hair complex
    return sorted(0.0 if -1e-10 < value < 0 else value for value in values.tolist())


def length(eigenvalue: float) -> float:
    """Length of the axis in mm, of an ellipsoid with this eigenvalue; NaN for a negative one."""
    return 4 * math.sqrt(eigenvalue) if eigenvalue >= 0 else math.nan


def slenderness(smaller: float, larger: float) -> float:
    """Ratio of two axes by their eigenvalues; NaN for negative ones and for a single voxel, which has no extent."""
    return math.sqrt(smaller / larger) if smaller >= 0 and larger > 0 else math.nan


def _covariance(mask: npt.NDArray[np.uint8], spacing: Values) -> Values:
    """From whole sums of places, which lose no digit."""
    sums = np.empty(10, dtype=np.int64)
    z, y, x = (1,) * (3 - mask.ndim) + mask.shape
    call("rl_place_sums", mask, z, y, x, sums)
    n, *first, zz, yy, xx, zy, zx, yx = sums.tolist()
    second = ((zz, zy, zx), (zy, yy, yx), (zx, yx, xx))
    axes = range(3 - mask.ndim, 3)
    central = [[(n * second[a][b] - first[a] * first[b]) / n**2 for b in axes] for a in axes]
    return np.array(central) * np.outer(spacing, spacing)


def _rounded_covariance(mask: npt.NDArray[np.uint8], spacing: Values) -> Values:
    """In floating point from the places themselves, operation by operation as PyRadiomics does."""
    places = np.array(np.nonzero(mask)).T * spacing  # one axis after the other in memory, which orders the sums
    places -= places.mean(axis=0)
    places /= np.sqrt(len(places))
    return np.asarray(np.dot(places.T.copy(), places))
