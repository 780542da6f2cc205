"""What fine-tuning wrote that was not there before, and what it lost, axis by axis, with the names that radiomics give.

New is what of the fine-tuned embedding cannot be predicted from the pre-trained one, along the axes beyond chance.
Lost is the reverse. Both are statements about linear content.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backend.errors import BadTable
from backend.science.trust.content.axes import axis_scores
from backend.science.trust.content.naming import (
    Association,
    NamedFeature,
    NamedGroup,
    association,
    ends,
    group_r2,
    names_of,
    oriented,
)
from backend.science.trust.content.shares import AxisVariance, Explained, Share, by_covariate, by_radiomics
from backend.science.trust.content.unpredicted import Unpredicted, unpredicted
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import FloatArray

FEWEST_PATIENTS = 20
Kind = Literal["new", "lost"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of new (or lost) content."""

    share: float  # of the variance of all axes
    radiomics: Share  # R2 above chance from all radiomics, held out
    groups: tuple[NamedGroup, ...]  # none where the interval of `radiomics` reaches 0
    features: tuple[NamedFeature, ...]
    associations: tuple[Association, ...]  # label first, then covariates
    low_end: tuple[str, ...]  # study ids
    high_end: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What is new, or lost; shares are of the variance along the axes unless said, and NaN without an axis."""

    kind: Kind
    axes: tuple[Axis, ...]
    scores: FloatArray  # (n, q) along the axes
    unpredicted: float  # share of the embedding's variance that the other one does not predict
    own_unpredicted: float  # the same of the other embedding from itself: what this number of patients leaves open
    axes_share: float  # share of what is not predicted that lies along the axes
    radiomics: Share
    label: Share | None  # None without a label
    named: Share  # by radiomics and label together

    @property
    def rest(self) -> float:
        """The share without a name, within [0, 1]."""
        return 1.0 - _cut(self.named.value)

    @property
    def overlap(self) -> float:
        """The share that both radiomics and the label explain."""
        return min(max(self._twice, 0.0), _cut(self.label.value) if self.label else 0.0)

    @property
    def only_together(self) -> float:
        """The share that radiomics and the label explain together beyond what each explains alone."""
        return max(-self._twice, 0.0)

    @property
    def _twice(self) -> float:
        label = _cut(self.label.value) if self.label else 0.0
        return _cut(self.radiomics.value) + label - _cut(self.named.value)


def new_content(
    x_pre: FloatArray,
    x_ft: FloatArray,
    radiomics: FloatArray,
    feature_names: Sequence[str],
    groups: Sequence[str],
    patient_id: Sequence[str],
    study_id: Sequence[str],
    *,
    label: Covariate | None = None,
    covariates: Sequence[Covariate] = (),
    seed: int = 0,
) -> Content:
    """Find what of x_ft (n, d) x_pre does not predict, and name it by radiomics (n, K), label and covariates.

    Patients are left out one at a time, in closed form; `seed` is that of the random signs. Raises BadTable for values
    that are missing or do not fit, constant features, and fewer than 20 patients.
    """
    tables = (radiomics, feature_names, groups, patient_id, study_id)
    return _content("new", x_pre, x_ft, tables, label, covariates, seed)


def lost_content(
    x_pre: FloatArray,
    x_ft: FloatArray,
    radiomics: FloatArray,
    feature_names: Sequence[str],
    groups: Sequence[str],
    patient_id: Sequence[str],
    study_id: Sequence[str],
    *,
    label: Covariate | None = None,
    covariates: Sequence[Covariate] = (),
    seed: int = 0,
) -> Content:
    """Find what of x_pre x_ft no longer predicts: `new_content` with the stages exchanged."""
    tables = (radiomics, feature_names, groups, patient_id, study_id)
    return _content("lost", x_ft, x_pre, tables, label, covariates, seed)


_Tables = tuple[FloatArray, Sequence[str], Sequence[str], Sequence[str], Sequence[str]]


def _content(
    kind: Kind,
    source: FloatArray,
    target: FloatArray,
    tables: _Tables,
    label: Covariate | None,
    covariates: Sequence[Covariate],
    seed: int,
) -> Content:
    _check(source, target, tables)
    radiomics, _, _, patient_id, _ = tables
    patients = PatientRows.of(patient_id)
    found = unpredicted(source, target, patients)
    scores = axis_scores(found, patients, seed)
    if scores.shape[1] == 0:
        nothing = Share(float("nan"), float("nan"), float("nan"))
        return _result(kind, found, scores, (), (nothing, nothing if label else None, nothing))
    z = Ranks.of(radiomics).normal_scores(np.ones(len(radiomics), dtype=bool))
    scores = oriented(scores, z)
    variance = AxisVariance.of(scores, patients)
    of_radiomics = by_radiomics(z, scores, (), patients)
    of_label, named = None, of_radiomics
    if label is not None:
        of_label = by_covariate(label, scores, patients)
        named = of_label.together(by_radiomics(z, scores, (label,), patients))
    columns = [*([label] if label else []), *covariates]
    axes = _axes(scores, of_radiomics, z, tables, columns, patients)
    shares = (of_radiomics.share(variance), of_label.share(variance) if of_label else None, named.share(variance))
    return _result(kind, found, scores, axes, shares)


def _axes(
    scores: FloatArray,
    explained: Explained,
    z: FloatArray,
    tables: _Tables,
    columns: Sequence[Covariate],
    patients: PatientRows,
) -> tuple[Axis, ...]:
    _, names, groups, _, study_id = tables
    group_names, group_of = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    at = [np.flatnonzero(group_of == number) for number in range(len(group_names))]
    r2 = group_r2(z, at, scores, patients)
    weights = np.square(scores).sum(axis=0)
    axes = []
    for number in range(scores.shape[1]):
        score, share = scores[:, number], explained.of_axis(number)
        known = (group_names.tolist(), at)
        found = names_of(score, r2[:, number], names, known, z) if share.low > 0 else ((), ())
        associations = tuple(association(column, score, patients) for column in columns)
        part = float(weights[number] / weights.sum())
        axes.append(Axis(part, share, *found, associations, *ends(score, study_id)))
    return tuple(axes)


def _result(
    kind: Kind,
    found: Unpredicted,
    scores: FloatArray,
    axes: tuple[Axis, ...],
    shares: tuple[Share, Share | None, Share],
) -> Content:
    along = float(np.square(scores).sum() / found.share) if found.share > 0 else 0.0
    return Content(kind, axes, scores, found.share, found.own_share, along, *shares)


def _cut(share: float) -> float:
    return float(np.clip(share, 0.0, 1.0))


def _check(source: FloatArray, target: FloatArray, tables: _Tables) -> None:
    radiomics, names, groups, patient_id, study_id = tables
    n, k = radiomics.shape
    if {len(source), len(target), len(patient_id), len(study_id)} != {n} or {len(names), len(groups)} != {k}:
        raise BadTable(
            f"The embeddings, ids, names and groups do not fit radiomics of {n} studies and {k} features; give a row "
            "each per study, and a name and a group per feature."
        )
    if not all(np.isfinite(values).all() for values in (source, target, radiomics)):
        raise BadTable("Embeddings or radiomics have missing or infinite values; drop these studies or features.")
    if len(set(patient_id)) < FEWEST_PATIENTS:
        raise BadTable(
            f"{len(set(patient_id))} patients are too few to say what is new; give {FEWEST_PATIENTS} or more."
        )
