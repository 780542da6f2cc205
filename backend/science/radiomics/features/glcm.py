"""Grey-level co-occurrence matrix (IBSI: LFYI): symmetric, one a direction; features are averaged over directions.

At distance 1 there are 13 directions, in one plane 4. `glcm_cells` computes the same for rare settings.

p(i, j) is the share of neighbouring pairs with levels i and j in one direction; p_x its row sums, p_{x+y}(k) and
p_{x-y}(k) the shares with i + j = k and |i - j| = k. A direction without pairs is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.emphases import stacked
from backend.science.radiomics.kernel import TABLES, call
from backend.science.radiomics.region.discretisation import GreyLevels

EPS = float(np.spacing(1))
PER_LN2 = EPS / np.log(2)  # what the + eps inside a logarithm adds, to first order
FEW = 64  # as in kernel/glcm.c
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
# PyRadiomics knows these names and computes none: they equal DifferenceAverage, Id, Idm and ClusterTendency.
GIVEN_UP = ("Dissimilarity", "Homogeneity1", "Homogeneity2", "SumVariance")
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cooccurrence:
    """Counts of one image: margins of the matrices of the n_d directions, and sums over their cells.

    `equal`, `px`, `minus` (n_d, ng + 1), `plus` (n_d, 2 ng + 1): pairs of two equal levels, and pairs by level, by
    |i - j| and by i + j, each pair in both orders; `cell` (n_d, 6): sum n^2, sum n log2 n, largest n, cells with n > 0,
    sum n / (n_i n_j), second eigenvalue. `present`: how many levels occur in the region; `alone`: only one direction
    fits into its box.
    """

    equal: npt.NDArray[np.uint32]
    px: npt.NDArray[np.int64]
    plus: npt.NDArray[np.int64]
    minus: npt.NDArray[np.int64]
    cell: Shares
    ng: int
    present: int
    alone: bool

    @classmethod
    def of(cls, levels: GreyLevels, mcc: bool = True, steps: npt.NDArray[np.int64] | None = None) -> "Cooccurrence":
        """Counts of a region in the directions `steps` (n_d, 3), by default those of its mask index."""
        ng, k, mask = levels.ng, levels.present, levels.mask
        offset = mask.offset if steps is None else mask.offset_of(steps)
        alone = (mask.extends.sum() if steps is None else len(steps)) == 1
        directions = len(offset)
        table = mask.scratch.empty("pairs", (ng + 1) ** 2 * (TABLES if ng <= FEW else 1), np.uint32)
        cells = mask.scratch.empty("cells", (ng + 1) * (ng + 2) // 2, np.uint64)
        work = mask.scratch.empty("mcc", k * (k + 1) // 2 + 910 * (ng + 2) + 8000, np.float64)
        equal = np.zeros((directions, ng + 1), dtype=np.uint32)
        px, plus, minus = (np.zeros((directions, n), dtype=np.int64) for n in (ng + 1, 2 * ng + 1, ng + 1))
        cell = np.empty((directions, 6))
        call(
            *("rl_glcm", mask.levels, mask.rows, len(mask.rows), offset, directions, ng, int(mcc)),
            *(table, cells, work, equal, px, plus, minus, cell),
        )
        return cls(equal, px, plus, minus, cell, ng, k, bool(alone))


def glcm(images: Sequence[Cooccurrence]) -> dict[str, list[float]]:
    """The 24 features, one value an image; all NaN but MCC where no voxel has a neighbour in any direction."""
    names = ("px", "plus", "minus", "cell")
    px, plus, minus, cell = (stacked([getattr(image, name) for image in images]) for name in names)
    counted = px.sum(axis=-1)
    held = counted > 0
    pairs = np.where(held, counted, 1.0)
    px, plus, minus = (counts / pairs[..., None] for counts in (px, plus, minus))
    with np.errstate(invalid="ignore", divide="ignore"):
        by_direction = _margins(px, plus, minus, np.array([image.ng for image in images]))
        by_direction |= _cells(cell, pairs, px)
        by_direction["MCC"] = np.minimum(cell[..., 5], 1.0)
        values = np.array([by_direction[name] for name in FEATURES])
        values[:, ~held] = np.nan
        undefined = np.isnan(values)  # and Imc2 of a direction whose radicand is below 0 by rounding
        means = np.where(undefined, 0, values).sum(axis=-1) / (~undefined).sum(axis=-1)
    for at, (image, some) in enumerate(zip(images, held.any(axis=-1), strict=True)):
        for name, value in without_spread(image.ng, image.present, image.alone and not some).items():
            means[FEATURES.index(name), at] = value
    return dict(zip(FEATURES, means.tolist(), strict=True))


def without_spread(ng: int, present: int, lonely: bool) -> dict[str, float]:
    """PyRadiomics' values of features of one level; `lonely`: it kept an only direction, which has no pairs."""
    if lonely:
        return {"InverseVariance": 0.0} if ng == 1 else {}
    return {"MCC": 1.0} if present < 2 else {}


def _margins(px: Shares, plus: Shares, minus: Shares, ng: npt.NDArray[np.int64]) -> dict[str, Shares]:
    """Features of p_x (n, n_d, ng + 1), p_{x+y} (n, n_d, 2 ng + 1) and p_{x-y}, (n, n_d) each; `ng` (n,)."""
    i, s, d = np.arange(float(px.shape[-1])), np.arange(float(plus.shape[-1])), np.arange(float(minus.shape[-1]))
    levels = ng[:, None, None].astype(float)
    mean = px @ i  # u_x = u_y
    from_mean = s - 2 * mean[..., None]
    squares = from_mean**2
    tendency = (plus * squares).sum(axis=-1)
    contrast = minus @ d**2
    variance = (px * (i - mean[..., None]) ** 2).sum(axis=-1)
    # (i - u)(j - u) = ((i + j - 2u)^2 - (i - j)^2) / 4, and the like for i j
    covariance = (tendency - contrast) / 4
    difference = minus @ d
    return {
        "Autocorrelation": (plus @ s**2 - contrast) / 4,  # QWB0: sum p i j
        "ClusterProminence": (plus * squares**2).sum(axis=-1),  # AE86: sum p (i + j - 2u)^4
        "ClusterShade": (plus * squares * from_mean).sum(axis=-1),  # 7NFM
        "ClusterTendency": tendency,  # DG8W
        "Contrast": contrast,  # ACUI: sum p (i - j)^2
        "Correlation": np.where(variance == 0, 1.0, covariance / (variance + EPS)),  # NI2N: covariance / variance
        "DifferenceAverage": difference,  # TF7R
        "DifferenceEntropy": _entropy(minus),  # NTRS
        "DifferenceVariance": (minus * (d - difference[..., None]) ** 2).sum(axis=-1),  # D3YU
        "Id": minus @ (1 / (1 + d)),  # IB1Z
        "Idm": minus @ (1 / (1 + d**2)),  # WF0Z
        "Idmn": (minus / (1 + d**2 / levels**2)).sum(axis=-1),  # 1QCO
        "Idn": (minus / (1 + d / levels)).sum(axis=-1),  # NDRX
        "InverseVariance": minus[..., 1:] @ (1 / d[1:] ** 2),  # E8JP
        "JointAverage": mean,  # 60VM
        "SumAverage": plus @ s,  # ZGXS
        "SumEntropy": _entropy(plus),  # P6QZ
        "SumSquares": variance,  # UR99: joint variance
    }


def _cells(cell: Shares, pairs: Shares, px: Shares) -> dict[str, Shares]:
    """Features that need the cells: energy, entropies, information measures of correlation, (n, n_d) each.

    The sums of n log2 n are turned into entropies of p = n / pairs; PyRadiomics' + eps inside each logarithm follows to
    first order.
    """
    squares, logs, largest, cells, share = np.moveaxis(cell[..., :5], -1, 0)
    one = -np.log2(1 + EPS)  # a single cell, exactly
    joint = np.where(cells == 1, one, np.log2(pairs) - logs / pairs - PER_LN2 * cells)
    log_px = np.log2(px, out=np.zeros_like(px), where=px > 0)
    independent = -2 * (px * log_px).sum(axis=-1)  # - sum p (log2 p_x + log2 p_y), as p has these margins
    marginal = _entropy(px)
    first = np.where(cells == 1, one, independent - PER_LN2 * share * pairs)
    second = np.where(cells == 1, one, independent - PER_LN2 * (px > 0).sum(axis=-1) ** 2)
    imc2 = np.sqrt(1 - np.exp(-2 * (second - joint)))
    return {
        "Imc1": np.where(marginal == 0, 0.0, (joint - first) / np.where(marginal == 0, 1.0, marginal)),  # R8DG
        "Imc2": np.where(second == joint, 0.0, imc2),  # JN9H
        "JointEnergy": squares / pairs**2,  # 8ZQL: angular second moment
        "JointEntropy": joint,  # TU9B
        "MaximumProbability": largest / pairs,  # GYBY
    }


def _entropy(p: Shares) -> Shares:
    entropy: Shares = -(p * np.log2(p + EPS)).sum(axis=-1)
    return entropy
