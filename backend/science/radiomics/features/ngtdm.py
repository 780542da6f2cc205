"""Neighbourhood grey-tone difference matrix (IBSI: IPET): a level against the mean of its neighbours in the region."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.emphases import stacked
from backend.science.radiomics.kernel import Array, call
from backend.science.radiomics.region.discretisation import GreyLevels
from backend.science.radiomics.region.sparse_levels import SparseLevels, Sums, Whole

FEATURES = ("Busyness", "Coarseness", "Complexity", "Contrast", "Strength")


@dataclass(frozen=True)
class ToneDifferences:
    """Counts of one image: voxels n_i and sums s_i of each level i, (n_levels,), and sums over level pairs, (2,).

    s_i: sum over the voxels of |i - mean of the neighbours|, 0 without neighbours. `pairs`: sum_ij |i p_i - j p_j| and
    sum_ij |i - j| (p_i s_i + p_j s_j) / (p_i + p_j) with the shares p_i. `levels`: i of each place, else 0, 1, 2, ...
    """

    counts: npt.NDArray[Any]
    s: npt.NDArray[np.float64]
    pairs: npt.NDArray[np.float64]
    levels: npt.NDArray[np.float64] | None = None

    @classmethod
    def of(cls, levels: GreyLevels, differences: Array) -> "ToneDifferences":
        """Compute the counts; `differences` (ng + 1, 27): sums of |j i - sum of j neighbours| by level i and j."""
        s, pairs, work = np.empty(levels.ng + 1), np.empty(2), np.empty(3 * levels.ng + 3)
        call("rl_ngtdm", levels.counts, differences, levels.ng, s, pairs, work)
        return cls(levels.counts, s, pairs)

    @classmethod
    def of_each(cls, levels: SparseLevels, count: npt.NDArray[np.int32], total: Whole) -> "ToneDifferences":
        """The same from the number of each voxel's neighbours and the sum of their levels, (n,)."""
        apart = np.abs(levels.of_voxels - total / np.maximum(count, 1)) * (count > 0)
        s = np.bincount(levels.rank, apart, minlength=levels.present).astype(np.float64)
        pairs = _sums_over_pairs(levels.occurring.astype(np.int64), levels.counts / levels.mask.voxels, s)
        return cls(levels.counts, s, pairs, levels.occurring.astype(float))


def _sums_over_pairs(i: Whole, p: Sums, s: Sums) -> Sums:
    """`pairs` of many levels i, ascending, without a walk over all pairs: most of them have one of a few shares p.

    Of ascending x, sum_ab |x_a - x_b| = 2 sum_a x_a (2 a - k + 1). The other sum is twice that of p_i s_i |i - j| /
    (p_i + p_j), in which the j of one share lie at distances that follow from their number and sum below i.
    """
    order = 2.0 * np.arange(i.size) - i.size + 1
    weighed = np.zeros(i.size)
    for share in np.unique(p):
        group = i[p == share]
        below = np.searchsorted(group, i)
        total = np.concatenate([[0], np.cumsum(group)])
        apart = i * (2 * below - group.size) + total[-1] - 2 * total[below]
        weighed += apart / (p + share)
    return np.array([2 * (np.sort(i * p) @ order), 2 * ((p * s) @ weighed)])


def ngtdm(images: Sequence[ToneDifferences]) -> dict[str, list[float]]:
    """The 5 features, one value an image; images that list their levels come alone."""
    counts, s = stacked([image.counts for image in images]), stacked([image.s for image in images])
    busy, complexity = stacked([image.pairs for image in images]).T
    levels, present = images[0].levels, counts > 0
    i = np.arange(float(counts.shape[-1])) if levels is None else levels
    voxels, k = counts.sum(axis=-1), present.sum(axis=-1)
    p = counts / voxels[:, None]
    coarse, total = (p * s).sum(axis=-1), s.sum(axis=-1)
    # sum_ij p_i p_j (i - j)^2 = 2 var, the shares sum to 1
    spread = 2 * (p * (i - (p @ i)[:, None]) ** 2).sum(axis=-1)
    # sum_ij (p_i + p_j) (i - j)^2 = 2 sum_i p_i sum_j (i - j)^2, around the middle of the levels that occur
    middle = np.where(present, i - (present * i).sum(axis=-1, keepdims=True) / k[:, None], 0.0)
    squares = middle**2
    from_i = (
        k[:, None] * squares - 2 * middle * middle.sum(axis=-1, keepdims=True) + squares.sum(axis=-1, keepdims=True)
    )
    strength = 2 * (p * from_i).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        features = {
            "Busyness": np.where(busy > 0, coarse / busy, 0.0),  # NQ30: sum p s / sum |i p_i - j p_j|
            "Coarseness": np.where(coarse > 0, 1 / coarse, 1e6),  # QCDE
            "Complexity": complexity / voxels,  # HDEZ
            "Contrast": np.where(k > 1, spread * total / voxels / (k * (k - 1)), 0.0),  # 65HE
            "Strength": np.where(total > 0, strength / total, 0.0),  # 1X9X
        }
    return {name: features[name].tolist() for name in FEATURES}
