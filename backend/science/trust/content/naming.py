"""Names of an axis: the groups and features it goes with, how it goes with label and centre, and who is at its ends."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.trust.content.shares import by_covariate
from backend.science.trust.jackknife.covariates import Covariate, covariate_basis
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from backend.science.types import FloatArray, IntArray

MOST_GROUPS = 3
MOST_FEATURES = 5
ENDS = 5


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """A group of features, and the R2 above chance of the axis from these features alone."""

    group: str
    r2: float


@dataclass(frozen=True, slots=True)
class NamedFeature:
    """A feature, its group, and the correlation of its normal scores with the axis."""

    feature: str
    group: str
    correlation: float


@dataclass(frozen=True, slots=True)
class Association:
    """How an axis goes with a column of the clinical table."""

    name: str
    correlation: float  # of a number; of classes the correlation ratio, >= 0
    r2: float  # above chance, held out


def group_r2(features: FloatArray, at: Sequence[IntArray], scores: FloatArray, patients: PatientRows) -> FloatArray:
    """(G, q) R2 above chance of the scores along q axes from the features of each group alone."""
    plain = covariate_basis((), patients)
    return np.stack([fit_stages([features[:, own]], scores, plain, patients).r2[0] for own in at])


def names_of(
    score: FloatArray,
    r2: FloatArray,
    names: Sequence[str],
    groups: tuple[Sequence[str], Sequence[IntArray]],
    z: FloatArray,
) -> tuple[tuple[NamedGroup, ...], tuple[NamedFeature, ...]]:
    """The three best groups by r2 (G,), and of their features, normal scores z (n, K), the five that correlate most."""
    group_names, at = groups
    best = [int(g) for g in np.argsort(-r2, kind="stable")[:MOST_GROUPS] if r2[g] > 0]
    found = [(int(k), group_names[g]) for g in best for k in at[g]]
    correlation = correlations(score, z)
    found.sort(key=lambda one: -abs(correlation[one[0]]))
    return (
        tuple(NamedGroup(group_names[g], float(r2[g])) for g in best),
        tuple(NamedFeature(names[k], group, float(correlation[k])) for k, group in found[:MOST_FEATURES]),
    )


def correlations(score: FloatArray, z: FloatArray) -> FloatArray:
    """(K,) correlations of scores (n,) with columns (n, K); 0 for a constant column."""
    a, b = score - score.mean(), z - z.mean(axis=0)
    size = np.sqrt((a @ a) * np.square(b).sum(axis=0))
    return np.asarray(np.divide(a @ b, size, out=np.zeros(z.shape[1]), where=size > 0))


def oriented(scores: FloatArray, z: FloatArray) -> FloatArray:
    """Scores (n, q), each axis pointing to where the feature that correlates most with it rises."""
    signs = [np.sign(found[np.abs(found).argmax()]) or 1.0 for found in (correlations(score, z) for score in scores.T)]
    return np.asarray(scores * np.array(signs))


def association(column: Covariate, score: FloatArray, patients: PatientRows) -> Association:
    """Correlation of one axis (n,) with a column, and how much of it the column explains."""
    r2 = float(by_covariate(column, score[:, None], patients).r2[0])
    if np.issubdtype(column.values.dtype, np.number):
        values = np.asarray(column.values, dtype=np.float64)
        return Association(column.name, float(correlations(score, values[:, None])[0]), r2)
    words, level = np.unique(np.asarray(column.values, dtype=str), return_inverse=True)
    count = np.bincount(level, minlength=len(words))
    means = np.bincount(level, weights=score - score.mean(), minlength=len(words)) / count
    between = float(count @ means**2) / float(np.square(score - score.mean()).sum() or 1.0)
    return Association(column.name, float(np.sqrt(min(between, 1.0))), r2)


def ends(score: FloatArray, study_id: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The studies of the five lowest and of the five highest scores, the outermost first."""
    order = np.argsort(score, kind="stable")
    low = tuple(study_id[int(i)] for i in order[:ENDS])
    return low, tuple(study_id[int(i)] for i in order[::-1][:ENDS])
