"""What a feature or group did beyond the change that all features share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.types import FloatArray, IntArray

DECODABLE = 0.02
FEWEST_DECODABLE = 10


def shared_change(r2_pre: FloatArray, r2_ft: FloatArray) -> float:
    """Median of (r2_ft - r2_pre) / r2_pre over features with r2_pre > 0.02; NaN with fewer than 10 of them."""
    decodable = r2_pre > DECODABLE
    if int(decodable.sum()) < FEWEST_DECODABLE:
        return float("nan")
    before = r2_pre[decodable]
    return float(np.median((r2_ft[decodable] - before) / before))


def effect_of(r2_pre: FloatArray, r2_ft: FloatArray, shared: float) -> FloatArray:
    """r2_ft - r2_pre - shared_change * r2_pre; without a shared change r2_ft - r2_pre."""
    change = r2_ft - r2_pre
    return np.asarray(change if np.isnan(shared) else change - shared * r2_pre)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity of K features or G groups for T runs, and its mean over runs without each patient."""

    by_run: FloatArray  # (T, K)
    deleted: FloatArray  # (P, K)

    @property
    def value(self) -> FloatArray:
        """(K,) the mean over runs."""
        return np.asarray(self.by_run.mean(axis=0))

    def groups(self, at: Sequence[IntArray]) -> "Estimate":
        """Plain means over the features of each group."""
        return Estimate(group_means(self.by_run, at), group_means(self.deleted, at))

    def minus(self, other: "Estimate") -> "Estimate":
        """The difference of two quantities of the same patients and runs."""
        return Estimate(self.by_run - other.by_run, self.deleted - other.deleted)


@dataclass(frozen=True, slots=True)
class EffectEstimates:
    """Effects of K features with what they are made of; every estimate has T runs and P deletions."""

    r2_pre: FloatArray  # (K,)
    r2_ft: FloatArray  # (K,) mean over runs
    effect: Estimate
    delta_r2: Estimate
    shared: Estimate  # one column

    @classmethod
    def of(cls, r2: FloatArray, deleted: FloatArray) -> "EffectEstimates":
        """From R2 above chance of the stages pre, ft_1 .. ft_T: (1 + T, K) and without each patient (1 + T, P, K)."""
        runs = [RunEffect.of(r2[[0, t]], deleted[[0, t]]) for t in range(1, len(r2))]
        delta = Estimate(r2[1:] - r2[0], np.asarray(deleted[1:].mean(axis=0) - deleted[0]))
        effect = Estimate(np.stack([run.effect for run in runs]), np.mean([run.deleted_effect for run in runs], axis=0))
        shared = Estimate(
            np.array([[run.shared] for run in runs]), np.mean([run.deleted_shared for run in runs], axis=0)[:, None]
        )
        return cls(r2[0], r2[1:].mean(axis=0), effect, delta, shared)


@dataclass(frozen=True, slots=True)
class RunEffect:
    """The effect of one run against pre, and the same without each patient, with the shared change anew."""

    shared: float
    effect: FloatArray  # (K,)
    deleted_shared: FloatArray  # (P,)
    deleted_effect: FloatArray  # (P, K)

    @classmethod
    def of(cls, r2: FloatArray, deleted: FloatArray) -> "RunEffect":
        """From R2 above chance before and after, (2, K) and (2, P, K).

        Where all patients have no shared change, no deletion has one; a deletion with too few decodable features takes
        that of all patients.
        """
        shared = shared_change(r2[0], r2[1])
        each = np.full(deleted.shape[1], shared)
        if not np.isnan(shared):
            own = np.array([shared_change(pre, ft) for pre, ft in zip(deleted[0], deleted[1], strict=True)])
            each = np.where(np.isnan(own), shared, own)
        change = deleted[1] - deleted[0]
        without = change if np.isnan(shared) else change - each[:, None] * deleted[0]
        return cls(shared, effect_of(r2[0], r2[1], shared), each, without)


def group_means(values: FloatArray, at: Sequence[IntArray]) -> FloatArray:
    """(..., K) -> (..., G) plain means over the features of each group."""
    return np.stack([values[..., positions].mean(axis=-1) for positions in at], axis=-1)
