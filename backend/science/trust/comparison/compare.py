"""Comparison of two analyses of the same patients: which changes they share and which only one has.

The error of a difference is the jackknife of the difference: patient p is left out of both at once. So the common part
of their errors (the same patients, often the same pre-trained embedding) cancels in a difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.tables.feature_names import FeatureName
from backend.science.trust.change_evidence import ChangeEvidence, Verdict
from backend.science.trust.groupings import groups_by_grouping
from backend.science.trust.jackknife.changes import membership
from backend.science.trust.jackknife.flags import FLAGS, GAINED, LOST
from backend.science.trust.jackknife.selection import (
    benjamini_hochberg,
    q_within_groups,
    select,
    select_within_groups,
)
from backend.science.trust.jackknife.standard_error import interval, jackknife_variance, run_variance, two_sided_p
from backend.science.trust.thresholds import Z95
from backend.science.types import FloatArray, IntArray

UP = (*GAINED, "label_borne")
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
    """One analysis of a comparison, of the same patients as the others."""

    label: str
    features: tuple[FeatureName, ...]
    evidence: ChangeEvidence


@dataclass(frozen=True, slots=True)
class Difference:
    """Second effect minus first (K,), with the jackknife error of the difference; `shown`: it passed the tests."""

    effect: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    q: FloatArray
    shown: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ComparedEffects:
    """Effects of features or groups (K,) in both analyses, and their difference, second minus first."""

    r2: FloatArray  # (2 analyses, 2 stages, K)
    each: tuple[Verdict, Verdict]
    difference: Difference
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
    """Compare two analyses over the features they share; each keeps its own shared change.

    A difference of features is shown as a change is: inside the groups (modality x class) whose difference is.
    """
    pair = [member.evidence.select(_places(member, features)) for member in (first, second)]
    groupings = groups_by_grouping(features)
    found = {name: _group_pair(pair, [at for _, at in groups]) for name, groups in groupings.items()}
    within = [at for _, at in groupings["modality_class"]]
    compared = _compared(pair, _feature_difference(pair, within, found["modality_class"].difference))
    flags = [one.features.flag for one in pair]
    return AnalysisComparison(
        features=tuple(features),
        compared=compared,
        groups=tuple(
            (name, tuple(group for group, _ in groups), tuple(len(at) for _, at in groups), found[name])
            for name, groups in groupings.items()
        ),
        agreement={
            (a, b): count for a in FLAGS for b in FLAGS if (count := int(((flags[0] == a) & (flags[1] == b)).sum()))
        },
        correlation=correlation(pair, (flags[0] != "not_decodable") | (flags[1] != "not_decodable")),
    )


def correlation(pair: Sequence[ChangeEvidence], of: NDArray[np.bool_]) -> Correlation:
    """Pearson's correlation of two analyses' effects (K,) over the chosen features.

    For `true` the errors' variance and covariance over features, by the jackknife, are subtracted (Spearman's
    disattenuation, with correlated errors). Intervals are jackknifed over patients, in Fisher's z for the plain one.
    """
    n, at = int(of.sum()), np.flatnonzero(of)
    chosen = np.stack([one.effect_by_run.mean(axis=0)[at] for one in pair])
    if n < FEWEST_CORRELATED or not all(np.ptp(values) > 0 for values in chosen):
        return Correlation(n, None, None, None, None, None, None)
    influence = np.stack([one.influence[:, at] for one in pair], axis=1)  # (P, 2, n)
    patients = len(influence)
    scale = max(one.ratio for one in pair) * (patients - 1) / patients
    spread = np.cov(chosen)
    error = scale * np.sum([np.cov(one) for one in influence], axis=0)
    left_out = [np.cov(chosen + one) for one in influence]
    value = _ratio(spread)
    z = _fisher(np.array([_ratio(one) for one in left_out]))
    centre, width = float(_fisher(np.array(value))), Z95 * _spread(z, scale)
    plain = (value, float(np.tanh(centre - width)), float(np.tanh(centre + width)))
    if (np.diag(spread - error) < LEAST_SPREAD * np.diag(spread)).any():
        return Correlation(n, *plain, None, None, None)
    true = float(np.clip(_ratio(spread - error), -1.0, 1.0))
    each = [_ratio(one - error) if (np.diag(one - error) > 0).all() else np.nan for one in left_out]
    half = Z95 * _spread(np.clip(each, -1.0, 1.0), scale) if np.isfinite(each).all() else np.inf
    return Correlation(n, *plain, true, max(true - half, -1.0), min(true + half, 1.0))


def _ratio(covariance: FloatArray) -> float:
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def _fisher(value: FloatArray) -> FloatArray:
    return np.asarray(np.arctanh(np.clip(value, -0.999999, 0.999999)))


def _spread(left_out: FloatArray, scale: float) -> float:
    """Jackknife standard error of a number from its values without each patient."""
    return float(np.sqrt(scale * np.square(left_out - left_out.mean()).sum()))


def _places(member: AlignedAnalysis, features: Sequence[FeatureName]) -> IntArray:
    place = {feature: k for k, feature in enumerate(member.features)}
    return np.array([place[feature] for feature in features], dtype=np.intp)


def _group_pair(pair: Sequence[ChangeEvidence], at: Sequence[IntArray]) -> ComparedEffects:
    groups = [one.groups(at) for one in pair]
    value, se = _difference(groups)
    p = two_sided_p(value, se)
    q = benjamini_hochberg(p)
    return _compared(groups, Difference(value, se, *interval(value, se), p, q, select(q, value) != 0))


def _feature_difference(pair: Sequence[ChangeEvidence], within: Sequence[IntArray], groups: Difference) -> Difference:
    value, se = _difference(pair)
    p = two_sided_p(value, se)
    direction = np.where(groups.shown, np.sign(groups.effect), 0).astype(np.intp)
    group_of = membership(within, len(p))
    q = q_within_groups(p, group_of, direction != 0, np.ones(len(p), dtype=bool))
    shown = select_within_groups(q, value, group_of, direction) != 0
    return Difference(value, se, *interval(value, se), p, q, shown)


def _difference(pair: Sequence[ChangeEvidence]) -> tuple[FloatArray, FloatArray]:
    """Second effect minus first, and its error over patients (left out of both at once) and runs."""
    first, second = pair
    runs = [run_variance(one.effect_by_run) / len(one.effect_by_run) for one in pair]
    patients = max(one.ratio for one in pair) * jackknife_variance(second.influence - first.influence)
    value = second.effect_by_run.mean(axis=0) - first.effect_by_run.mean(axis=0)
    return value, np.asarray(np.sqrt(patients + runs[0] + runs[1]))


def _compared(pair: Sequence[ChangeEvidence], difference: Difference) -> ComparedEffects:
    first, second = (one.features for one in pair)
    r2 = np.stack([one.r2 for one in pair])
    return ComparedEffects(r2, (first, second), difference, verdicts(first.flag, second.flag, difference.shown))


def verdicts(first: NDArray[np.str_], second: NDArray[np.str_], shown: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Verdicts (K,) from both flags and whether the difference is shown."""
    one, other = _direction(first), _direction(second)
    both = (one != 0) & (other != 0)
    return np.select(
        [
            both & (one == other) & (one > 0),
            both & (one == other),
            both,
            (one != 0) & shown,
            (other != 0) & shown,
            (one != 0) | (other != 0),
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


def _direction(flag: NDArray[np.str_]) -> IntArray:
    return np.asarray(np.isin(flag, UP).astype(np.intp) - np.isin(flag, LOST).astype(np.intp))
