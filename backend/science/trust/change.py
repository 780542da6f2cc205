"""Change of every feature and group between two stages, with its error, from R2 and its replicates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.lens.scores import grouped
from backend.science.tables.feature_names import FeatureName
from backend.science.trust.effect_tests import (
    Evidence,
    classify_effects,
    effect_of,
    interval,
    means_over,
    replicate_effects,
    shared_change,
)
from backend.science.types import FloatArray


@dataclass(frozen=True, slots=True)
class Change:
    """R2 of both stages (2, K), their difference with its interval, and the trust effect with its evidence."""

    r2: FloatArray
    low: FloatArray  # of delta R2
    high: FloatArray
    evidence: Evidence

    @property
    def delta_r2(self) -> FloatArray:
        return np.asarray(self.r2[1] - self.r2[0])


@dataclass(frozen=True, slots=True)
class StageComparison:
    """Comparison of two stages of the same studies: R2, bootstrap replicates, and changes."""

    r2: FloatArray  # (2, K)
    replicates: FloatArray  # (B, 2, K)
    permutation_floor: float
    shared_change: float  # b: NaN where it could not be computed
    replicate_shared_changes: FloatArray  # (B,) of every replicate
    replicate_effects: FloatArray  # (B, K) of every replicate
    features: Change

    @classmethod
    def of(cls, r2: FloatArray, replicates: FloatArray, permutation_floor: float) -> "StageComparison":
        """Compute the changes of every feature from R2 (2, K), its replicates (B, 2, K) and the permutation floor."""
        b = shared_change(r2)
        effects, shared = replicate_effects(replicates, b)
        features = change_of(r2, replicates, effect_of(r2, b), effects, permutation_floor)
        return cls(r2, replicates, permutation_floor, b, shared, effects, features)

    @property
    def shared_change_se(self) -> float:
        return float("nan") if np.isnan(self.shared_change) else float(self.replicate_shared_changes.std(ddof=1))


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The changes of the groups of one grouping: plain means over their features."""

    grouping: str
    groups: tuple[str, ...]
    at: tuple[NDArray[np.intp], ...]  # the features of each group
    change: Change
    flags: tuple[dict[str, int], ...]  # how many features of each group carry which flag


def change_of(r2: FloatArray, drawn: FloatArray, effect: FloatArray, effects: FloatArray, floor: float) -> Change:
    """Changes with errors and flags from the full run (2, K) and its replicates (B, 2, K), (B, K)."""
    delta_se = (drawn[:, 1] - drawn[:, 0]).std(axis=0, ddof=1)
    return Change(r2, *interval(r2[1] - r2[0], delta_se), classify_effects(effect, effects, r2.max(axis=0), floor))


def group_changes(features: Sequence[FeatureName], comparison: StageComparison) -> list[GroupChange]:
    """Changes of groups: means of the full run and of every replicate; q within each grouping."""
    by_grouping: dict[str, list[tuple[str, NDArray[np.intp]]]] = {}
    for grouping, group, positions in grouped(features):
        by_grouping.setdefault(grouping, []).append((group, positions))
    evidence = comparison.features.evidence
    found = []
    for grouping, groups in by_grouping.items():
        at = tuple(positions for _, positions in groups)
        r2, drawn = means_over(comparison.r2, at), means_over(comparison.replicates, at)
        effect, effects = means_over(evidence.effect, at), means_over(comparison.replicate_effects, at)
        found.append(
            GroupChange(
                grouping=grouping,
                groups=tuple(group for group, _ in groups),
                at=at,
                change=change_of(r2, drawn, effect, effects, comparison.permutation_floor),
                flags=tuple(count_flags(evidence.flag[positions]) for positions in at),
            )
        )
    return found


def count_flags(flags: NDArray[np.str_]) -> dict[str, int]:
    """Count the flags."""
    names, counts = np.unique(flags, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))
