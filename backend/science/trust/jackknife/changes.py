"""Changes of features and groups with their errors, tests and flags, from the estimates of one fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.jackknife.effects import EffectEstimates, Estimate, group_means
from backend.science.trust.jackknife.flags import flags_of, with_label_borne, without_fallen
from backend.science.trust.jackknife.floor import floor_of
from backend.science.trust.jackknife.selection import (
    benjamini_hochberg,
    q_within_groups,
    select,
    select_within_groups,
)
from backend.science.trust.jackknife.shrinkage import FEWEST_PATIENTS, Shrunken, shrink
from backend.science.trust.jackknife.standard_error import interval, standard_error, two_sided_p
from backend.science.trust.thresholds import MARGIN
from backend.science.types import FloatArray, IntArray, MaskArray


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, for K features or G groups; arrays are (K,) or (G,) unless said."""

    r2_pre: FloatArray  # above chance
    r2_ft: FloatArray  # above chance, mean over runs
    delta_r2: FloatArray
    delta_r2_se: FloatArray
    effect: Estimate  # runs and deletions; `effect.value` (K,)
    se: FloatArray
    p: FloatArray
    q: FloatArray  # of a feature: within its group, times G / S; NaN where it was not tested
    decodable: MaskArray  # above the permutation floor in one stage
    flag: NDArray[np.str_]

    @property
    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Low and high end of the effect's 95 % interval."""
        return interval(self.effect.value, self.se)

    @property
    def delta_r2_interval(self) -> tuple[FloatArray, FloatArray]:
        """Low and high end of the 95 % interval of delta R2."""
        return interval(self.delta_r2, self.delta_r2_se)

    @property
    def n_runs_agree(self) -> IntArray:
        """In how many runs the effect alone has the sign of the mean over runs and a size beyond 0.03."""
        own, mean = self.effect.by_run, self.effect.value
        return np.asarray(((np.sign(own) == np.sign(mean)) & (np.abs(own) > MARGIN)).sum(axis=0), dtype=np.intp)

    def with_label(self, flag_given_label: NDArray[np.str_], label_borne: MaskArray) -> "Changes":
        """The same with the flag `label_borne` where it holds."""
        return replace(self, flag=with_label_borne(self.flag, flag_given_label, label_borne))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The estimates of one fit, and what its errors and tests need."""

    estimates: EffectEstimates
    permuted: FloatArray  # (permutations, 2, K) R2 above chance of permuted targets
    ratio: float  # of the jackknife variance, for features
    group_ratio: float
    n_patients: int

    @property
    def best_r2(self) -> FloatArray:
        """(K,) the better stage's R2."""
        return np.maximum(self.estimates.r2_pre, self.estimates.r2_ft)

    @property
    def floor(self) -> float:
        """The permutation floor of features."""
        return floor_of(self.permuted)

    def groups(self, at: Sequence[IntArray]) -> Changes:
        """Changes of groups of features: plain means; q over these groups."""
        own = self.estimates
        effect, delta = own.effect.groups(at), own.delta_r2.groups(at)
        r2_pre, r2_ft = group_means(own.r2_pre, at), group_means(own.r2_ft, at)
        se = standard_error(effect, self.group_ratio)
        p = two_sided_p(effect.value, se)
        q = benjamini_hochberg(p)
        direction = select(q, effect.value)
        decodable = np.maximum(r2_pre, r2_ft) > floor_of(group_means(self.permuted, at))
        flag = flags_of(direction, np.zeros_like(direction), delta.value, se, decodable, self.n_patients)
        delta_se = standard_error(delta, self.group_ratio)
        return Changes(r2_pre, r2_ft, delta.value, delta_se, effect, se, p, q, decodable, flag)

    def shrunken(self, at: Sequence[IntArray]) -> Shrunken | None:
        """Shrunken effects of the features; None below 80 patients."""
        if self.n_patients < FEWEST_PATIENTS:
            return None
        mean_r2 = (self.estimates.r2_pre + self.estimates.r2_ft) / 2
        return shrink(self.estimates.effect, mean_r2, at, self.ratio)

    def features(self, at: Sequence[IntArray], groups: Changes, shrunken: Shrunken | None) -> Changes:
        """Changes of features, tested inside the groups that were selected."""
        own = self.estimates
        group_of = membership(at, len(own.r2_pre))
        direction = select(groups.q, groups.effect.value)
        se = standard_error(own.effect, self.ratio)
        p = two_sided_p(own.effect.value, se)
        decodable = self.best_r2 > self.floor
        q = q_within_groups(p, group_of, direction != 0, decodable)
        plain = select_within_groups(q, own.effect.value, group_of, direction)
        probable = np.zeros_like(plain)
        if shrunken is not None:
            shrunken_q = q_within_groups(two_sided_p(shrunken.value, shrunken.se), group_of, direction != 0, decodable)
            probable = select_within_groups(shrunken_q, shrunken.value, group_of, direction)
            probable = without_fallen(probable, own.effect.value, own.delta_r2.value)
        flag = flags_of(plain, probable, own.delta_r2.value, se, decodable, self.n_patients)
        delta_se = standard_error(own.delta_r2, self.ratio)
        return Changes(own.r2_pre, own.r2_ft, own.delta_r2.value, delta_se, own.effect, se, p, q, decodable, flag)


def membership(at: Sequence[IntArray], n_features: int) -> IntArray:
    """(K,) the group of every feature."""
    group_of = np.full(n_features, -1, dtype=np.intp)
    for number, positions in enumerate(at):
        group_of[positions] = number
    return group_of
