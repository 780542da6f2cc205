"""The result of erasing: what the task uses of what the embedding carries.

Numbers are shares of the head's skill. Skill is how much less squared error the head has on held-out patients than the
training mean; for classes, of the one-hot label (Brier score), for numbers, of the number. 1 means that the head loses
all of its skill, 0 nothing; beyond 1 it becomes worse than the mean, below 0 it becomes better.

used            the interval lies above what an average random direction of the same variance loses and above what an
                average permuted feature loses, and the value is beyond 95 of 100 permuted features
not_used        the interval ends below a tenth of the skill: carried, not used here
unclear         neither, or the head is not better than chance, or there are fewer than 40 patients
not_decodable   the decoder's R2 is not beyond that of 95 of 100 permuted features
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.erasure.control_level import matched
from backend.science.trust.erasure.losses import ConceptLosses, HeadLosses
from backend.science.trust.jackknife.effects import Estimate
from backend.science.trust.jackknife.standard_error import interval, standard_error
from backend.science.types import FloatArray, MaskArray

FLAGS = ("used", "not_used", "not_decodable", "unclear")
NEGLIGIBLE = 0.10
FEWEST_PATIENTS = 40


@dataclass(frozen=True, slots=True)
class ErasedUse:
    """For K features or G groups, arrays (K,), as shares of the head's skill; NaN where the head has no skill."""

    used: FloatArray  # mean over runs
    low: FloatArray  # 95 % interval over patients and runs
    high: FloatArray
    control: FloatArray  # what `low` must exceed: mean of matched random directions or of permuted features
    chance: FloatArray  # what `used` must exceed: 95th percentile of matched permuted features
    r2: FloatArray  # held-out R2 of the decoder whose direction is erased; of a group, of its components
    by_run: FloatArray  # (T, K)
    flag: NDArray[np.str_]

    def select(self, at: Sequence[int]) -> "ErasedUse":
        """Those of some features or groups, in the order given."""
        return ErasedUse(**{field.name: getattr(self, field.name)[..., list(at)] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Use:
    """What the task head uses, of features (in the order given) and of groups (by name)."""

    group_names: tuple[str, ...]
    features: ErasedUse
    groups: ErasedUse
    head_given: bool  # else a cross-validated linear head on the label
    head_r2: float  # skill / squared error of the training mean, held-out, mean over runs
    head_low: float
    head_high: float
    n_runs: int

    @property
    def head_works(self) -> bool:
        """Whether the head is better than chance: its interval lies above 0."""
        return self.head_low > 0


@dataclass(frozen=True, slots=True)
class Concepts:
    """Losses of concepts of one width and of their controls, one entry a run."""

    own: Sequence[ConceptLosses]
    permuted: Sequence[ConceptLosses]
    random: Sequence[ConceptLosses]


def refit_ratio(folds: int) -> float:
    """Factor 1 + n / n_train of the jackknife variance of cross-validated losses (Nadeau & Bengio 2003).

    The jackknife deletes patients from the score, not from the heads and decoders, which would change as well.
    """
    return 1.0 + folds / (folds - 1)


def head_skill(runs: Sequence[HeadLosses]) -> tuple[float, float, float]:
    """R2 of the head and its 95 % interval over patients and runs, for these heads as they are."""
    r2 = np.array([[1.0 - run.head.sum() / run.chance.sum()] for run in runs])
    deleted = np.mean([1.0 - _without(run.head) / _without(run.chance) for run in runs], axis=0)[:, None]
    estimate = Estimate(r2, deleted)
    low, high = interval(estimate.value, standard_error(estimate, 1.0))
    return float(estimate.value[0]), float(low[0]), float(high[0])


def erased_use(found: Concepts, heads: Sequence[HeadLosses], works: bool, ratio: float) -> ErasedUse:
    """Shares of skill, their intervals, controls and flags."""
    skill = np.stack([run.skill for run in heads]).mean(axis=0)
    if not works:
        skill = np.ones_like(skill)  # shares of no skill are not shown; it may be 0
    own, permuted, random = (_Mean.of(runs, skill) for runs in (found.own, found.permuted, found.random))
    by_run = np.stack([run.loss.sum(axis=0) for run in found.own]) / skill.sum()
    loss = np.stack([run.loss for run in found.own]).mean(axis=0)
    deleted = (loss.sum(axis=0) - loss) / _without(skill)[:, None]
    low, high = interval(own.used, standard_error(Estimate(by_run, deleted), ratio))
    of_permuted = matched(own.removed, permuted.removed, permuted.used)
    of_random = matched(own.removed, random.removed, random.used)
    control = np.maximum(of_permuted.mean, of_random.mean)
    decodable = own.r2 > max(float(np.quantile(permuted.r2, 0.95)), 0.0)
    enough = works and len(skill) >= FEWEST_PATIENTS
    used = enough & (low > control) & (own.used > of_permuted.high)
    flag = np.select([~decodable, used, enough & (high < NEGLIGIBLE)], ["not_decodable", "used", "not_used"], "unclear")
    known = 1.0 if works else np.nan
    return ErasedUse(
        used=known * own.used,
        low=known * low,
        high=known * high,
        control=known * control,
        chance=known * of_permuted.high,
        r2=own.r2,
        by_run=known * by_run,
        flag=flag,
    )


@dataclass(frozen=True, slots=True)
class _Mean:
    """Means over runs of concepts."""

    used: FloatArray
    r2: FloatArray
    removed: FloatArray

    @classmethod
    def of(cls, runs: Sequence[ConceptLosses], skill: FloatArray) -> "_Mean":
        loss = np.mean([run.loss.sum(axis=0) for run in runs], axis=0)
        return cls(
            loss / skill.sum(),
            np.mean([run.r2 for run in runs], axis=0),
            np.mean([run.removed for run in runs], axis=0),
        )


def _without(values: FloatArray) -> FloatArray:
    """Sums (P,) without each patient."""
    return np.asarray(values.sum(axis=0) - values)


def joined(parts: Sequence[ErasedUse], at: Sequence[MaskArray]) -> ErasedUse:
    """Put the results of concepts of several widths into one, each at its places (G,)."""
    order = np.argsort(np.concatenate([np.flatnonzero(places) for places in at]))

    def together(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts], axis=-1)[..., order]

    return ErasedUse(**{field.name: together(field.name) for field in fields(ErasedUse)})
