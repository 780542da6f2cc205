"""What stands behind the effects of one analysis: enough to compare it with another, without its tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.jackknife.changes import Changes
from backend.science.trust.jackknife.decoding_change import DecodingChange
from backend.science.trust.jackknife.effects import Estimate, group_means
from backend.science.trust.jackknife.flags import flags_of
from backend.science.trust.jackknife.floor import floor_of
from backend.science.trust.jackknife.selection import benjamini_hochberg, select
from backend.science.trust.jackknife.standard_error import interval, standard_error, two_sided_p
from backend.science.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Verdict:
    """Effects of features or groups (K,) with their errors and flags."""

    effect: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    q: FloatArray
    flag: NDArray[np.str_]

    @classmethod
    def of(cls, changes: Changes) -> "Verdict":
        """The same numbers of a decoding change."""
        return cls(changes.effect.value, changes.se, *changes.interval, changes.p, changes.q, np.asarray(changes.flag))

    @classmethod
    def stored(cls, columns: dict[str, FloatArray], flag: Sequence[str]) -> "Verdict":
        """From the columns effect, se, p and q of a ranking."""
        effect, se = columns["effect"], columns["se"]
        return cls(effect, se, *interval(effect, se), columns["p"], columns["q"], np.array(flag, dtype=str))

    def select(self, at: IntArray) -> "Verdict":
        """Those of some features; q is that of the whole analysis."""
        return Verdict(*(getattr(self, name)[at] for name in ("effect", "se", "low", "high", "p", "q", "flag")))


def only_label_borne(flag: NDArray[np.str_]) -> bool:
    """Whether all gains among the features (K,) of a group go with the label; the group itself then does, too."""
    gained = flag[np.isin(flag, ("stronger", "probable_stronger", "label_borne"))]
    return bool(gained.size) and bool((gained == "label_borne").all())


@dataclass(frozen=True, slots=True)
class ChangeEvidence:
    """R2, effects, influence and permuted R2 of K features, from T runs and P patients sorted by name."""

    patients: tuple[str, ...]
    r2: FloatArray  # (2, K) above chance; ft: mean over runs
    features: Verdict
    effect_by_run: FloatArray  # (T, K)
    influence: FloatArray  # (P, K) of the effect, or (D, K) of groups of patients
    permuted: FloatArray  # (permutations, 2, K)
    ratio: float  # of the jackknife variance, for features
    group_ratio: float

    @classmethod
    def of(cls, change: DecodingChange) -> "ChangeEvidence":
        """The evidence of a decoding change."""
        evidence = change.evidence
        return cls(
            patients=change.patients,
            r2=np.stack([change.features.r2_pre, change.features.r2_ft]),
            features=Verdict.of(change.features),
            effect_by_run=change.features.effect.by_run,
            influence=change.influence.astype(np.float64),
            permuted=evidence.permuted,
            ratio=evidence.ratio,
            group_ratio=evidence.group_ratio,
        )

    @property
    def grouped(self) -> bool:
        """Whether patients were left out in groups, as in large cohorts; `influence` then has a row a group."""
        return len(self.influence) < len(self.patients)

    @property
    def effect(self) -> Estimate:
        """The effects with their values without each patient (their mean over patients is taken as the value)."""
        return Estimate(self.effect_by_run, self.influence + self.effect_by_run.mean(axis=0))

    def select(self, at: IntArray) -> "ChangeEvidence":
        """That of some features."""
        return ChangeEvidence(
            self.patients,
            self.r2[:, at],
            self.features.select(at),
            self.effect_by_run[:, at],
            self.influence[:, at],
            self.permuted[:, :, at],
            self.ratio,
            self.group_ratio,
        )

    def groups(self, at: Sequence[IntArray]) -> "ChangeEvidence":
        """That of groups of features (plain means), tested together."""
        effect, r2 = self.effect.groups(at), group_means(self.r2, at)
        permuted = group_means(self.permuted, at)
        se = standard_error(effect, self.group_ratio)
        p = two_sided_p(effect.value, se)
        q = benjamini_hochberg(p)
        direction = select(q, effect.value)
        decodable = r2.max(axis=0) > floor_of(permuted)
        flag = flags_of(direction, np.zeros_like(direction), r2[1] - r2[0], se, decodable, len(self.patients))
        borne = np.array([only_label_borne(self.features.flag[positions]) for positions in at])
        flag = np.where((flag == "stronger") & borne, "label_borne", flag)
        verdict = Verdict(effect.value, se, *interval(effect.value, se), p, q, flag)
        return ChangeEvidence(
            self.patients,
            r2,
            verdict,
            effect.by_run,
            group_means(self.influence, at),
            permuted,
            self.group_ratio,
            self.group_ratio,
        )
