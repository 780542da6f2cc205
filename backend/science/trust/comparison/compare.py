"""Comparison of two analyses of the same patients: which changes they share and which only one has.

Both are resampled together: replicate i of both has the same patients. So the common part of their errors (the same
patients, often the same pre-trained embedding) cancels in a difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.lens.scores import grouped
from backend.science.tables.feature_names import FeatureName
from backend.science.trust.change import StageComparison, change_of
from backend.science.trust.effect_tests import (
    FALSE_DISCOVERY,
    FLAGS,
    MARGIN,
    Z95,
    Evidence,
    classify_effects,
    means_over,
)
from backend.science.types import FloatArray, IntArray

CHANGED = ("stronger", "weaker")
FEWEST_CORRELATED = 10
LEAST_SPREAD = 0.1  # share of the effects' spread that must remain after subtracting the errors
VERDICTS = (
    "shared_stronger",
    "shared_weaker",
    "opposite",
    "specific_first",
    "specific_second",
    "differs",
    "unclear",
    "neither",
    "not_decodable",
)


@dataclass(frozen=True, slots=True)
class AlignedAnalysis:
    """One analysis of a comparison; its replicates are drawn from the same patients as the other's."""

    label: str
    features: tuple[FeatureName, ...]
    comparison: StageComparison


@dataclass(frozen=True, slots=True)
class ComparedEffects:
    """Effects of features or groups (K,) in both analyses, and their difference, second minus first."""

    r2: FloatArray  # (2 analyses, 2 stages, K)
    each: tuple[Evidence, Evidence]
    difference: Evidence
    verdict: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation of the effects of two analyses over features; None where it is not defined.

    `true` is the correlation corrected for measurement error (disattenuated).
    """

    n: int
    value: float | None
    low: float | None
    high: float | None
    true: float | None
    true_low: float | None
    true_high: float | None


@dataclass(frozen=True, slots=True)
class AnalysisComparison:
    """Result of a comparison: features, groups, and overall correlation."""

    features: tuple[FeatureName, ...]
    compared: ComparedEffects
    groups: tuple[tuple[str, tuple[str, ...], tuple[int, ...], ComparedEffects], ...]  # grouping, groups, sizes
    agreement: dict[tuple[str, str], int]
    correlation: Correlation


def common_features(members: Sequence[AlignedAnalysis]) -> tuple[FeatureName, ...]:
    """Features common to all analyses, in the first one's order."""
    shared = set(members[0].features).intersection(*(member.features for member in members[1:]))
    return tuple(feature for feature in members[0].features if feature in shared)


def compare(first: AlignedAnalysis, second: AlignedAnalysis, features: Sequence[FeatureName]) -> AnalysisComparison:
    """Compare two analyses over the features they share; each keeps its own b."""
    at = [_places(member, features) for member in (first, second)]
    pairs = [member.comparison for member in (first, second)]
    r2 = np.stack([pair.r2[:, k] for pair, k in zip(pairs, at, strict=True)])
    drawn = [pair.replicates[:, :, k] for pair, k in zip(pairs, at, strict=True)]
    effect = [pair.features.evidence.effect[k] for pair, k in zip(pairs, at, strict=True)]
    effects = [pair.replicate_effects[:, k] for pair, k in zip(pairs, at, strict=True)]
    floors = [pair.permutation_floor for pair in pairs]
    each = [_selected(pair.features.evidence, k) for pair, k in zip(pairs, at, strict=True)]
    compared = _compared(r2, (each[0], each[1]), effect, effects, floors)
    flags = [one.flag for one in each]
    return AnalysisComparison(
        features=tuple(features),
        compared=compared,
        groups=tuple(_groups(features, r2, drawn, effect, effects, floors)),
        agreement={
            (a, b): count for a in FLAGS for b in FLAGS if (count := int(((flags[0] == a) & (flags[1] == b)).sum()))
        },
        correlation=correlation(effect, effects, (flags[0] != "not_decodable") | (flags[1] != "not_decodable")),
    )


def correlation(effect: Sequence[FloatArray], effects: Sequence[FloatArray], of: NDArray[np.bool_]) -> Correlation:
    """Pearson's correlation of two analyses' effects (K,) over the chosen features, replicates (B, K) drawn together.

    For `true` the errors' variance and covariance over features, from the replicates, are subtracted (Spearman's
    disattenuation, with correlated errors). Intervals: 1.96 SD of the replicates' values, in Fisher's z for the plain
    one; a replicate contains the error twice, so it is subtracted twice there.
    """
    chosen = [values[of] for values in effect]
    drawn = [values[:, of] for values in effects]
    n = int(of.sum())
    if n < FEWEST_CORRELATED or not all(np.ptp(values) > 0 for values in chosen):
        return Correlation(n, None, None, None, None, None, None)
    spread = np.cov(np.stack(chosen))
    errors = [values - values.mean(axis=0) for values in drawn]
    error = sum(np.cov(np.stack(one)) for one in zip(*errors, strict=True)) / (len(errors[0]) - 1)
    replicates = [np.cov(np.stack(one)) for one in zip(*drawn, strict=True)]
    value = _ratio(spread)
    z = np.arctanh(np.clip([_ratio(one) for one in replicates], -0.999999, 0.999999))
    width = Z95 * float(np.std(z, ddof=1))
    centre = float(np.arctanh(np.clip(value, -0.999999, 0.999999)))
    plain = (value, float(np.tanh(centre - width)), float(np.tanh(centre + width)))
    left = spread - error
    if (np.diag(left) < LEAST_SPREAD * np.diag(spread)).any():
        return Correlation(n, *plain, None, None, None)
    true = float(np.clip(_ratio(left), -1.0, 1.0))
    twice = [_ratio(one - 2 * error) for one in replicates if (np.diag(one - 2 * error) > 0).all()]
    half = Z95 * float(np.std(np.clip(twice, -1.0, 1.0), ddof=1)) if len(twice) > len(replicates) / 2 else np.inf
    return Correlation(n, *plain, true, max(true - half, -1.0), min(true + half, 1.0))


def _ratio(covariance: FloatArray) -> float:
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def _places(member: AlignedAnalysis, features: Sequence[FeatureName]) -> IntArray:
    place = {feature: k for k, feature in enumerate(member.features)}
    return np.array([place[feature] for feature in features], dtype=np.intp)


def _selected(evidence: Evidence, at: IntArray) -> Evidence:
    """The evidence of some features; q is that of the whole analysis, as in its ranking."""
    return Evidence(*(getattr(evidence, name)[at] for name in ("effect", "se", "low", "high", "p", "q", "flag")))


def _groups(
    features: Sequence[FeatureName],
    r2: FloatArray,
    drawn: Sequence[FloatArray],
    effect: Sequence[FloatArray],
    effects: Sequence[FloatArray],
    floors: Sequence[float],
) -> list[tuple[str, tuple[str, ...], tuple[int, ...], ComparedEffects]]:
    """Means over the common features of every group, with flags and q within each grouping."""
    by_grouping: dict[str, list[tuple[str, IntArray]]] = {}
    for grouping, group, positions in grouped(features):
        by_grouping.setdefault(grouping, []).append((group, positions))
    found = []
    for grouping, groups in by_grouping.items():
        at = [positions for _, positions in groups]
        mean_r2 = means_over(r2, at)
        mean_effect = [means_over(values, at) for values in effect]
        mean_effects = [means_over(values, at) for values in effects]
        each = [
            change_of(mean_r2[i], means_over(drawn[i], at), mean_effect[i], mean_effects[i], floors[i]).evidence
            for i in (0, 1)
        ]
        compared = _compared(mean_r2, (each[0], each[1]), mean_effect, mean_effects, floors)
        found.append((grouping, tuple(name for name, _ in groups), tuple(map(len, at)), compared))
    return found


def _compared(
    r2: FloatArray,
    each: tuple[Evidence, Evidence],
    effect: Sequence[FloatArray],
    effects: Sequence[FloatArray],
    floors: Sequence[float],
) -> ComparedEffects:
    difference = classify_effects(effect[1] - effect[0], effects[1] - effects[0], r2.max(axis=(0, 1)), min(floors))
    return ComparedEffects(r2, each, difference, verdicts(each[0].flag, each[1].flag, difference))


def verdicts(first: NDArray[np.str_], second: NDArray[np.str_], difference: Evidence) -> NDArray[np.str_]:
    """Verdicts (K,) from both flags and the evidence of the difference."""
    shown = (difference.q <= FALSE_DISCOVERY) & (np.abs(difference.effect) > MARGIN)
    changed = np.isin(first, CHANGED), np.isin(second, CHANGED)
    both = changed[0] & changed[1]
    return np.select(
        [
            both & (first == second) & (first == "stronger"),
            both & (first == second),
            both,
            changed[0] & shown,
            changed[1] & shown,
            changed[0] | changed[1],
            (first == "not_decodable") & (second == "not_decodable"),
            shown,
        ],
        [
            "shared_stronger",
            "shared_weaker",
            "opposite",
            "specific_first",
            "specific_second",
            "unclear",
            "not_decodable",
            "differs",
        ],
        "neither",
    )
