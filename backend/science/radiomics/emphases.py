"""What run-length, size-zone and dependence matrices have in common: sums of n(i, j) weighted by level i and size j."""

from dataclasses import dataclass

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

    by_level: Sums
    sizes: Sums
    by_size: Sums
    cell: Sums


def emphases(matrix: SizeMatrix) -> dict[str, Sums]:
    """The measures by a neutral name, (n_d,) each; N is the number of runs, zones or voxels, a size is Long or Short.

    Normalised non-uniformities and variances are of the shares n / N.
    """
    n = matrix.by_size.sum(axis=1)
    i, j = np.arange(1.0, matrix.by_level.shape[1]), matrix.sizes
    by_level, by_size = matrix.by_level[:, 1:], matrix.by_size
    low_short, high_short, low_long, high_long, logs, cells = matrix.cell.T
    level_squares, size_squares = (by_level**2).sum(axis=1), (by_size**2).sum(axis=1)
    return {
        "Short": by_size @ (1 / j**2) / n,
        "Long": by_size @ j**2 / n,
        "LevelNonUniformity": level_squares / n,
        "LevelNonUniformityNormalized": level_squares / n**2,
        "SizeNonUniformity": size_squares / n,
        "SizeNonUniformityNormalized": size_squares / n**2,
        "Percentage": n / (by_size @ j),
        "LevelVariance": _variance(by_level / n[:, None], i),
        "SizeVariance": _variance(by_size / n[:, None], j),
        "Entropy": np.where(cells == 1, -np.log2(1 + EPS), np.log2(n) - logs / n - EPS / np.log(2) * cells),
        "Low": by_level @ (1 / i**2) / n,
        "High": by_level @ i**2 / n,
        "ShortLow": low_short / n,
        "ShortHigh": high_short / n,
        "LongLow": low_long / n,
        "LongHigh": high_long / n,
    }


def _variance(p: Sums, x: Sums) -> Sums:
    variance: Sums = (p * (x - (p @ x)[:, None]) ** 2).sum(axis=1)
    return variance
