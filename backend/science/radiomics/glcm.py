"""Grey-level co-occurrence matrix (IBSI: LFYI): symmetric, 13 directions, distance 1; features are their average.

p(i, j) is the share of neighbouring pairs with levels i and j in one direction; p_x its row sums, p_{x+y}(k) and
p_{x-y}(k) the shares with i + j = k and |i - j| = k. A direction without pairs is left out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.discretisation import GreyLevels
from backend.science.radiomics.kernel import STEPS, call

EPS = float(np.spacing(1))
PER_LN2 = EPS / np.log(2)  # what + eps adds to a logarithm's term, to first order
FEATURES = (
    "Autocorrelation",
    "ClusterProminence",
    "ClusterShade",
    "ClusterTendency",
    "Contrast",
    "Correlation",
    "DifferenceAverage",
    "DifferenceEntropy",
    "DifferenceVariance",
    "Id",
    "Idm",
    "Idmn",
    "Idn",
    "Imc1",
    "Imc2",
    "InverseVariance",
    "JointAverage",
    "JointEnergy",
    "JointEntropy",
    "MCC",
    "MaximumProbability",
    "SumAverage",
    "SumEntropy",
    "SumSquares",
)
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cooccurrence:
    """Margins of the matrices of the directions that have pairs, and sums over their cells.

    `pairs` (n_d,); `px` (n_d, ng + 1); `plus` (n_d, 2 ng + 1); `minus` (n_d, ng + 1), all by level or sum of levels
    from 0; `cell` (n_d, 6): sum n^2, sum n log2 n, largest n, cells with n > 0, sum n / (n_i n_j), second eigenvalue.
    """

    pairs: Shares
    px: Shares
    plus: Shares
    minus: Shares
    cell: Shares

    @classmethod
    def of(cls, levels: GreyLevels, mcc: bool = True) -> "Cooccurrence":
        """Counts of a region."""
        ng, k, directions = levels.ng, levels.present.size, len(STEPS)
        table = np.empty((ng + 1) ** 2, dtype=np.uint32)
        work = np.empty(k * k + 910 * (ng + 2) + 7200 if mcc else 1)
        px, plus, minus = (np.zeros((directions, n), dtype=np.int64) for n in (ng + 1, 2 * ng + 1, ng + 1))
        cell = np.zeros((directions, 6))
        mask = levels.mask
        call(
            *("rl_glcm", levels.volume, mask.at, mask.voxels, mask.offset, ng, int(mcc), table, work),
            *(px, plus, minus, cell),
        )
        pairs = px.sum(axis=1)
        held = pairs > 0
        pairs = pairs[held].astype(float)
        px, plus, minus = (counts[held] / pairs[:, None] for counts in (px, plus, minus))
        return cls(pairs, px, plus, minus, cell[held])


def glcm(levels: GreyLevels, mcc: bool = True) -> dict[str, float]:
    """The 24 features; all NaN where no voxel has a neighbour in any direction."""
    matrix = Cooccurrence.of(levels, mcc)
    if not matrix.pairs.size:
        nothing = dict.fromkeys(FEATURES, float("nan"))
        return nothing | ({"MCC": 1.0} if levels.present.size < 2 else {})
    by_direction = _margins(matrix, levels.ng) | _cells(matrix)
    by_direction["MCC"] = np.minimum(matrix.cell[:, 5], 1.0) if levels.present.size > 1 else np.ones(1)
    return {name: float(np.nanmean(by_direction[name])) for name in FEATURES}


def _margins(matrix: Cooccurrence, ng: int) -> dict[str, Shares]:
    """Features of p_x, p_{x+y} and p_{x-y}, (n_d,) each."""
    i, s, d = np.arange(ng + 1.0), np.arange(2 * ng + 1.0), np.arange(ng + 1.0)
    px, plus, minus = matrix.px, matrix.plus, matrix.minus
    mean = px @ i  # u_x = u_y
    from_mean = s - 2 * mean[:, None]
    tendency = (plus * from_mean**2).sum(axis=1)
    contrast = minus @ d**2
    variance = (px * (i - mean[:, None]) ** 2).sum(axis=1)
    # (i - u)(j - u) = ((i + j - 2u)^2 - (i - j)^2) / 4, and the like for i j
    covariance = (tendency - contrast) / 4
    correlation = np.where(variance == 0, 1.0, covariance / (variance + EPS))
    difference = minus @ d
    return {
        "Autocorrelation": (plus @ s**2 - contrast) / 4,  # QWB0: sum p i j
        "ClusterProminence": (plus * from_mean**4).sum(axis=1),  # AE86: sum p (i + j - 2u)^4
        "ClusterShade": (plus * from_mean**3).sum(axis=1),  # 7NFM
        "ClusterTendency": tendency,  # DG8W
        "Contrast": contrast,  # ACUI: sum p (i - j)^2
        "Correlation": correlation,  # NI2N: covariance / variance
        "DifferenceAverage": difference,  # TF7R
        "DifferenceEntropy": _entropy(minus),  # NTRS
        "DifferenceVariance": (minus * (d - difference[:, None]) ** 2).sum(axis=1),  # D3YU
        "Id": minus @ (1 / (1 + d)),  # IB1Z
        "Idm": minus @ (1 / (1 + d**2)),  # WF0Z
        "Idmn": minus @ (1 / (1 + d**2 / ng**2)),  # 1QCO
        "Idn": minus @ (1 / (1 + d / ng)),  # NDRX
        "InverseVariance": minus[:, 1:] @ (1 / d[1:] ** 2),  # E8JP
        "JointAverage": mean,  # 60VM
        "SumAverage": plus @ s,  # ZGXS
        "SumEntropy": _entropy(plus),  # P6QZ
        "SumSquares": variance,  # UR99: joint variance
    }


def _cells(matrix: Cooccurrence) -> dict[str, Shares]:
    """Features that need the cells: energy, entropies, information measures of correlation.

    The sums of n log2 n are turned into entropies of p = n / pairs; PyRadiomics' + eps inside each logarithm follows to
    first order.
    """
    squares, logs, largest, cells, share = matrix.cell[:, :5].T
    pairs, px = matrix.pairs, matrix.px
    one = -np.log2(1 + EPS)  # a single cell, exactly
    joint = np.where(cells == 1, one, np.log2(pairs) - logs / pairs - PER_LN2 * cells)
    log_px = np.log2(px, out=np.zeros_like(px), where=px > 0)
    independent = -2 * (px * log_px).sum(axis=1)  # - sum p (log2 p_x + log2 p_y), as p has these margins
    marginal = -(px * np.log2(px + EPS)).sum(axis=1)
    first = np.where(cells == 1, one, independent - PER_LN2 * share * pairs)
    second = np.where(cells == 1, one, independent - PER_LN2 * (px > 0).sum(axis=1) ** 2)
    with np.errstate(invalid="ignore"):
        imc2 = np.sqrt(1 - np.exp(-2 * (second - joint)))
    return {
        "Imc1": np.where(marginal == 0, 0.0, (joint - first) / np.where(marginal == 0, 1.0, marginal)),  # R8DG
        "Imc2": np.where(second == joint, 0.0, imc2),  # JN9H
        "JointEnergy": squares / pairs**2,  # 8ZQL: angular second moment
        "JointEntropy": joint,  # TU9B
        "MaximumProbability": largest / pairs,  # GYBY
    }


def _entropy(p: Shares) -> Shares:
    entropy: Shares = -(p * np.log2(p + EPS)).sum(axis=1)
    return entropy
