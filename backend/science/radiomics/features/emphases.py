"""Measures common to run-length, size-zone and dependence matrices: sums of n(i, j) weighted by level and size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

EPS = float(np.spacing(1))
Sums = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SizeMatrix:
    """Margins and cell sums of n(i, j), the number of runs, zones or voxels of level i and size j, for n_d directions.

    `by_level` (n_d, ng + 1) from level 0; `sizes` (n_sizes,) and `by_size` (n_d, n_sizes); `cell` (n_d, 6): sums of
    n / i^2 j^2, n i^2 / j^2, n j^2 / i^2, n i^2 j^2, n log2 n, and the number of cells with n > 0.
    """

    by_level: npt.NDArray[Any]
    sizes: Sums
    by_size: npt.NDArray[Any]
    cell: Sums


def emphases(matrices: Sequence[SizeMatrix]) -> dict[str, Sums]:
    """Measures by a common name, (n_images, n_d) each, of matrices with the same number of directions.

    N is the number of runs, zones or voxels, a size is Long or Short; normalised non-uniformities and variances are of
    the shares n / N.
    """
    by_level, by_size = (stacked([getattr(m, name) for m in matrices]) for name in ("by_level", "by_size"))
    i, j = np.arange(float(by_level.shape[-1])), stacked([matrix.sizes for matrix in matrices], filled=1.0)[:, None]
    i[0] = 1  # no level 0
    low_short, high_short, low_long, high_long, logs, cells = np.moveaxis(stacked([m.cell for m in matrices]), -1, 0)
    n = by_size.sum(axis=-1)
    level_squares, size_squares = (by_level**2).sum(axis=-1), (by_size**2).sum(axis=-1)
    return {
        "Short": (by_size / j**2).sum(axis=-1) / n,
        "Long": (by_size * j**2).sum(axis=-1) / n,
        "LevelNonUniformity": level_squares / n,
        "LevelNonUniformityNormalized": level_squares / n**2,
        "SizeNonUniformity": size_squares / n,
        "SizeNonUniformityNormalized": size_squares / n**2,
        "Percentage": n / (by_size * j).sum(axis=-1),
        "LevelVariance": _variance(by_level / n[..., None], i),
        "SizeVariance": _variance(by_size / n[..., None], j),
        "Entropy": np.where(cells == 1, -np.log2(1 + EPS), np.log2(n) - logs / n - EPS / np.log(2) * cells),
        "Low": (by_level / i**2).sum(axis=-1) / n,
        "High": (by_level * i**2).sum(axis=-1) / n,
        "ShortLow": low_short / n,
        "ShortHigh": high_short / n,
        "LongLow": low_long / n,
        "LongHigh": high_long / n,
    }


def averaged(matrices: Sequence[SizeMatrix], measures: Mapping[str, str]) -> dict[str, list[float]]:
    """Mean over the directions, one value per image, by PyRadiomics' name; `measures`: PyRadiomics' name -> ours."""
    measured = emphases(matrices)
    return {name: measured[measure].mean(axis=1).tolist() for name, measure in measures.items()}


def stacked(arrays: Sequence[npt.NDArray[Any]], filled: float = 0.0) -> Sums:
    """Stack arrays that differ in the length of their last axis, padded to the longest, (n, ...) float64."""
    longest = max(array.shape[-1] for array in arrays)
    whole = np.full((len(arrays), *arrays[0].shape[:-1], longest), filled)
    for into, array in zip(whole, arrays, strict=True):
        into[..., : array.shape[-1]] = array
    return whole


def _variance(p: Sums, x: Sums) -> Sums:
    mean = (p * x).sum(axis=-1, keepdims=True)
    variance: Sums = (p * (x - mean) ** 2).sum(axis=-1)
    return variance
