"""GLCM features from a list of cells, for any directions, order of pairs, weighting and number of grey levels.

The matrix of one direction, or the weighted sum over all, is a list of cells (i, j) with their shares p > 0; it need
not be symmetric: p_x are its row sums and p_y its column sums. Names and codes are those of `glcm`.

Of a direction whose pairs share their first or second level, PyRadiomics' own MCC and Correlation are rounding noise:
0, 1, 1e-8 or undefined. Only regions of a few voxels have such directions, and an asymmetric matrix more often.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.glcm import EPS, FEATURES, PER_LN2, without_spread
from backend.science.radiomics.features.second_singular_value import second_singular_value
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.sparse_levels import SparseLevels, Sums, Whole, grouped

FEW_CELLS = 1 << 16  # of a table, or of the product of the margins: so many are walked through one by one
Cells = tuple[Whole, Whole, Sums]


def glcm_of_cells(
    levels: SparseLevels, steps: Whole, weights: Sums | None, symmetric: bool, mcc: bool = True
) -> dict[str, float]:
    """The 24 features of one image, averaged over the directions `steps` (n, 3) or of their sum by `weights` (n,).

    `symmetric`: each pair counts in both orders.
    """
    matrices = _each(levels, steps, symmetric) if weights is None else _summed(levels, steps, weights, symmetric)
    values = np.array([_features(cells, levels.ng, mcc) for cells in matrices if cells[2].size])
    if not len(values):
        found = dict.fromkeys(FEATURES, float("nan"))
    else:
        undefined = np.isnan(values)  # a radicand below 0 by rounding
        with np.errstate(invalid="ignore"):
            means = np.where(undefined, 0, values).sum(axis=0) / (~undefined).sum(axis=0)
        found = dict(zip(FEATURES, means.tolist(), strict=True))
    lonely = not len(values) and (weights is not None or len(steps) == 1)
    return found | without_spread(levels.ng, levels.present, lonely)


def _each(levels: SparseLevels, steps: Whole, symmetric: bool) -> Iterator[Cells]:
    """The cells of each direction."""
    if _fits_a_table(levels):
        for table in _tables(levels, steps):
            i, j = np.nonzero(table + table.T if symmetric else table)
            yield i, j, (table[i, j] + table[j, i] if symmetric else table[i, j]).astype(float)
        return
    for pairs in _pairs(levels, steps, symmetric):
        cell, n, _ = grouped(pairs)
        yield *_levels(levels, cell), n


def _summed(levels: SparseLevels, steps: Whole, weights: Sums, symmetric: bool) -> Iterator[Cells]:
    """One matrix: the sum of the directions' counts by their weights."""
    if _fits_a_table(levels):
        total = np.zeros((levels.ng + 1, levels.ng + 1))
        for weight, table in zip(weights, _tables(levels, steps), strict=True):
            total += weight * table
        total = total + total.T if symmetric else total
        i, j = np.nonzero(total)
        yield i, j, total[i, j]
        return
    parts = [grouped(pairs)[:2] for pairs in _pairs(levels, steps, symmetric)]
    cell, n, _ = grouped(
        np.concatenate([cell for cell, _ in parts]),
        np.concatenate([weight * n for weight, (_, n) in zip(weights, parts, strict=True)]),
    )
    yield *_levels(levels, cell[n > 0]), n[n > 0]


def _fits_a_table(levels: SparseLevels) -> bool:
    return levels.in_mask and (levels.ng + 1) ** 2 <= 4 * levels.mask.voxels + FEW_CELLS


def _tables(levels: SparseLevels, steps: Whole) -> Iterator[npt.NDArray[np.uint32]]:
    """Counts (ng + 1, ng + 1) of ordered pairs in each direction, overwritten by the next."""
    mask, side = levels.mask, levels.ng + 1
    table = mask.scratch.empty("ordered pairs", (side, side), np.uint32)
    for offset in mask.offset_of(steps):
        call("rl_pairs", mask.levels, mask.rows, len(mask.rows), int(offset), levels.ng, table)
        table[0], table[:, 0] = 0, 0
        yield table


def _pairs(levels: SparseLevels, steps: Whole, symmetric: bool) -> Iterator[Whole]:
    """Pairs of levels of each direction, by their numbers i k + j among the k that occur."""
    at, numbers, k = levels.mask.at, levels.numbers, levels.present
    for offset in levels.mask.offset_of(steps):
        there = numbers[at + offset].astype(np.int64) - 1
        i, j = levels.rank[there >= 0], there[there >= 0]
        yield np.concatenate([i * k + j, j * k + i]) if symmetric else i * k + j


def _levels(levels: SparseLevels, cell: Whole) -> tuple[Whole, Whole]:
    i, j = divmod(cell, levels.present)
    return levels.occurring[i], levels.occurring[j]


def _features(cells: Cells, ng: int, mcc: bool) -> list[float]:
    i, j, n = cells
    p = n / n.sum()
    level_x, p_x, of_x = grouped(i, p)
    level_y, p_y, of_y = grouped(j, p)
    mean_x, mean_y = p_x @ level_x, p_y @ level_y
    total, apart = i + j, np.abs(i - j)
    from_mean = total - mean_x - mean_y
    d = apart.astype(float)
    difference = p @ d
    difference_level, p_difference, _ = grouped(apart, p)
    joint, entropy_x, entropy_y = _entropy(p), _entropy(p_x), _entropy(p_y)
    first = float(-(p @ np.log2(p_x[of_x] * p_y[of_y] + EPS)))
    second = _independent(p_x, p_y)
    largest = max(entropy_x, entropy_y)
    with np.errstate(invalid="ignore"):
        imc2 = float(np.sqrt(1 - np.exp(-2 * (second - joint))))
    found = {
        "Autocorrelation": p @ (i.astype(float) * j),
        "ClusterProminence": p @ from_mean**4,
        "ClusterShade": p @ from_mean**3,
        "ClusterTendency": p @ from_mean**2,
        "Contrast": p @ d**2,
        "Correlation": _correlation(i, j, p),
        "DifferenceAverage": difference,
        "DifferenceEntropy": _entropy(p_difference),
        "DifferenceVariance": p_difference @ (difference_level - difference) ** 2,
        "Id": p @ (1 / (1 + d)),
        "Idm": p @ (1 / (1 + d**2)),
        "Idmn": p @ (1 / (1 + d**2 / ng**2)),
        "Idn": p @ (1 / (1 + d / ng)),
        "Imc1": (joint - first) / largest if largest != 0 else 0.0,
        "Imc2": 0.0 if second == joint else imc2,
        "InverseVariance": p[apart > 0] @ (1 / d[apart > 0] ** 2),
        "JointAverage": mean_x,
        "JointEnergy": p @ p,
        "JointEntropy": joint,
        "MCC": second_singular_value(of_x, of_y, p, p_x, p_y) if mcc else 0.0,
        "MaximumProbability": p.max(),
        "SumAverage": p @ total.astype(float),
        "SumEntropy": _entropy(grouped(total, p)[1]),
        "SumSquares": p_x @ (level_x - mean_x) ** 2,
    }
    return [float(found[name]) for name in FEATURES]


def _correlation(i: Whole, j: Whole, p: Sums) -> float:
    """Covariance over the product of the deviations, 1 where that is 0.

    Sums run from cell to cell, as PyRadiomics' do: where all pairs have one first level, its variance is 0 or rounding
    noise, and the value 1 or not with it.
    """
    off_x, off_y = i - np.cumsum(p * i)[-1], j - np.cumsum(p * j)[-1]
    spread = np.sqrt(np.cumsum(p * off_x**2)[-1]) * np.sqrt(np.cumsum(p * off_y**2)[-1])
    return 1.0 if spread == 0 else float(np.cumsum(p * off_x * off_y)[-1] / (spread + EPS))


def _independent(p_x: Sums, p_y: Sums) -> float:
    """- sum over all i and j of p_x(i) p_y(j) log2(p_x(i) p_y(j) + eps); of many, the eps counts to first order."""
    if p_x.size * p_y.size <= FEW_CELLS:
        return _entropy(np.outer(p_x, p_y).ravel())
    return float(-(p_x @ np.log2(p_x)) - (p_y @ np.log2(p_y)) - PER_LN2 * p_x.size * p_y.size)


def _entropy(p: Sums) -> float:
    return float(-(p @ np.log2(p + EPS)))
