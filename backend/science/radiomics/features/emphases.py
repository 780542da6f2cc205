"""Measures common to run-length, size-zone and dependence matrices: sums of n(i, j) weighted by level and size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.region.sparse_levels import Sums, Whole, grouped

EPS = float(np.spacing(1))


@dataclass(frozen=True)
class SizeMatrix:
    """Margins and cell sums of n(i, j), the number of runs, zones or voxels of level i and size j, for n_d directions.

    `levels` (n_levels,), 1 in place of level 0, and `by_level` (n_d, n_levels); `sizes` (n_sizes,) and `by_size`
    (n_d, n_sizes); `cell` (n_d, 6): sums of n / i^2 j^2, n i^2 / j^2, n j^2 / i^2, n i^2 j^2, n log2 n, and the number
    of cells with n > 0.
    """

    levels: Sums
    by_level: npt.NDArray[Any]
    sizes: Sums
    by_size: npt.NDArray[Any]
    cell: Sums


def all_levels(ng: int) -> Sums:
    """The levels of margins that start at level 0, which never occurs and reads 1."""
    levels = np.arange(ng + 1.0)
    levels[0] = 1
    return levels


def size_matrix(levels: Sums, matrices: Sequence[tuple[Whole, Whole, Sums | None]]) -> SizeMatrix:
    """The matrices of several directions from lists of (number of the level among `levels`, size, n or None for 1)."""
    by_level, cell = np.zeros((len(matrices), levels.size)), np.zeros((len(matrices), 6))
    rows: list[tuple[Whole, Sums]] = []
    for d, (rank, size, weight) in enumerate(matrices):
        side = int(size.max(initial=0)) + 1
        key, n, _ = grouped(rank.astype(np.int64) * side + size, weight)
        key, n = key[n > 0], n[n > 0]
        i2, j2 = levels[key // side] ** 2, (key % side).astype(float) ** 2
        cell[d] = [
            *((n / (i2 * j2)).sum(), (n * i2 / j2).sum(), (n * j2 / i2).sum(), (n * i2 * j2).sum()),
            *((n * np.log2(n)).sum(), n.size),
        ]
        by_level[d] = np.bincount(key // side, n, minlength=levels.size)
        rows.append((key % side, n))
    sizes = np.unique(np.concatenate([j for j, _ in rows])) if rows else np.zeros(0, dtype=np.int64)
    by_size = np.zeros((len(matrices), sizes.size))
    for d, (j, n) in enumerate(rows):
        by_size[d] = np.bincount(np.searchsorted(sizes, j), n, minlength=sizes.size)
    return SizeMatrix(levels, by_level, sizes.astype(float), by_size, cell)


def emphases(matrices: Sequence[SizeMatrix]) -> dict[str, Sums]:
    """Measures by a common name, (n_images, n_d) each, of matrices with the same number of directions.

    N is the number of runs, zones or voxels, a size is Long or Short; normalised non-uniformities and variances are of
    the shares n / N.
    """
    by_level, by_size = (stacked([getattr(m, name) for m in matrices]) for name in ("by_level", "by_size"))
    i, j = (stacked([getattr(m, name) for m in matrices], filled=1.0)[:, None] for name in ("levels", "sizes"))
    low_short, high_short, low_long, high_long, logs, cells = np.moveaxis(stacked([m.cell for m in matrices]), -1, 0)
    n = by_size.sum(axis=-1)
    n[cells == 0] = np.nan  # a matrix without runs
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
        # PyRadiomics drops the sizes that do not occur, and sums over none are 0
        "SizeVariance": np.where(cells == 0, 0.0, _variance(by_size / n[..., None], j)),
        "Entropy": np.select(
            [cells == 0, cells == 1],
            [0.0, -np.log2(1 + EPS)],
            np.log2(n) - logs / n - EPS / np.log(2) * cells,
        ),
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
