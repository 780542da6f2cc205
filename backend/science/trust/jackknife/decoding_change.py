"""What fine-tuning changed in how well features can be decoded, with errors over patients and runs.

The steps of the method, in order: decoding with held-out patients (`stage_fit`), R2 above chance (`chance`), the shared
change and effects (`effects`), errors from deleted patients (`standard_error`), groups first and features inside them
(`selection`), shrunken effects (`shrinkage`), flags (`flags`), and the share of the label (`label_share`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from backend.errors import BadTable
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.changes import Changes, Evidence, membership
from backend.science.trust.jackknife.covariates import Covariate, CovariateBasis, covariate_basis
from backend.science.trust.jackknife.deletions import Deletions
from backend.science.trust.jackknife.effects import EffectEstimates
from backend.science.trust.jackknife.floor import permuted_r2
from backend.science.trust.jackknife.half_samples import variance_ratio
from backend.science.trust.jackknife.label_share import LabelShare, feature_label_share, group_label_share
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.penalty import choose_penalty
from backend.science.trust.jackknife.residual_basis import ResidualBasis
from backend.science.trust.jackknife.shrinkage import Shrunken
from backend.science.trust.jackknife.stage_fit import StageFit, fit_stages
from backend.science.trust.jackknife.standard_error import influence, standard_error
from backend.science.types import Float32Array, FloatArray, IntArray

FEWEST_PATIENTS = 4
STEPS = 4


@dataclass(frozen=True, slots=True)
class DecodingChange:
    """The change of every feature and group; features in the order given, patients and groups by name."""

    patients: tuple[str, ...]
    deletions: Deletions  # D: every patient alone, or above 2 000 patients groups of them
    group_names: tuple[str, ...]
    group_at: tuple[IntArray, ...]  # the features of each group
    penalty: float
    chance_r2: FloatArray  # (1 + T,) of pre and of every run
    evidence: Evidence
    features: Changes
    groups: Changes
    shrunken: Shrunken | None  # None below 80 patients
    given_label: Evidence | None
    feature_label: LabelShare | None
    group_label: LabelShare | None
    dropped_covariates: tuple[str, ...]  # sentences
    decoded: Float32Array  # (2, n, K) held-out predictions as normal scores: before, and the mean over runs

    @property
    def n_runs(self) -> int:
        return len(self.features.effect.by_run)

    @property
    def shared_change(self) -> float:
        """Mean over runs; NaN where fewer than 10 features can be decoded before."""
        return float(self.evidence.estimates.shared.value[0])

    @property
    def shared_change_se(self) -> float:
        return float(standard_error(self.evidence.estimates.shared, self.evidence.group_ratio)[0])

    @property
    def influence(self) -> Float32Array:
        """(D, K) the effect without each deletion minus its mean: negative where these patients carry a gain."""
        return influence(self.features.effect.deleted).astype(np.float32)

    def grouping(self, at: Sequence[IntArray]) -> tuple[Changes, LabelShare | None]:
        """Changes of any other groups, with q over these groups, and their label share."""
        return _group_level(self.evidence, self.given_label, at)


def decoding_change(
    x_pre: FloatArray,
    x_ft: Sequence[FloatArray],
    radiomics: FloatArray,
    patient_id: Sequence[str],
    groups: Sequence[str],
    *,
    label: Sequence[Covariate] = (),
    covariates: Sequence[Covariate] = (),
    seed: int = 0,
    penalty: float | None = None,
    done: Callable[[int], None] | None = None,
) -> DecodingChange:
    """Compare how well features can be decoded before and after fine-tuning.

    Parameters
    ----------
    x_pre : (n, d) embeddings before.
    x_ft : embeddings (n, d_t) of T >= 1 runs of one recipe.
    radiomics : (n, K) features, raw or as normal scores; they are rank-normalised.
    patient_id : (n,) patient of every study.
    groups : (K,) group of every feature (modality and class).
    label : what the task learned, as one or more covariates (the label, the logit of the head).
    covariates : covariates of every fit (the centre).
    seed : of the permutations and half-samples.
    penalty : of both stages; chosen where none is given (`common_penalty` serves several comparisons).
    done : called with the number of the `STEPS` that are finished; may raise to stop.

    Raises BadTable for missing values, shapes that do not fit, constant features, and fewer than 4 patients.
    """
    _check(x_pre, x_ft, radiomics, patient_id, groups)
    patients = PatientRows.of(patient_id)
    targets = Ranks.of(radiomics).normal_scores(np.ones(len(radiomics), dtype=bool))
    names, group_of = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    at = tuple(np.flatnonzero(group_of == number) for number in range(len(names)))
    stages = [x_pre, *x_ft]
    basis = covariate_basis(covariates, patients)
    report = done or (lambda _: None)
    deletions = Deletions.of(patients, seed)
    fit = fit_stages(stages, targets, basis, patients, penalty, deletions)
    report(1)
    ratios = variance_ratio(stages, targets, covariates, patients, fit.penalty, at, seed)
    report(2)
    evidence = _evidence(fit, patients, ratios, seed)
    report(3)
    given, dropped = _given_label(stages, targets, (label, covariates), basis, patients, ratios, seed)
    report(4)
    shrunken = evidence.shrunken(at)
    group_changes, group_label = _group_level(evidence, given, at)
    features = evidence.features(at, evidence.groups(at), shrunken)
    feature_label = None
    if given is not None and group_label is not None:
        given_features = given.features(at, group_label.given_label, given.shrunken(at))
        feature_label = feature_label_share(evidence, given, given_features, at, group_label)
        with_group = (group_changes.flag == "label_borne")[membership(at, len(groups))]
        features = features.with_label(given_features.flag, feature_label.beyond_error | with_group)
    return DecodingChange(
        patients=patients.names,
        deletions=deletions,
        group_names=tuple(names.tolist()),
        group_at=at,
        penalty=fit.penalty,
        chance_r2=fit.chance,
        evidence=evidence,
        features=features,
        groups=group_changes,
        shrunken=shrunken,
        given_label=given,
        feature_label=feature_label,
        group_label=group_label,
        dropped_covariates=dropped,
        decoded=_decoded(fit, targets),
    )


def common_penalty(
    stages: Sequence[FloatArray],
    radiomics: FloatArray,
    patient_id: Sequence[str],
    covariates: Sequence[Covariate] = (),
) -> float:
    """The penalty with the least held-out error over all stages (n, d), for comparisons that share one."""
    patients = PatientRows.of(patient_id)
    basis = covariate_basis(covariates, patients)
    targets = Ranks.of(radiomics).normal_scores(np.ones(len(radiomics), dtype=bool))
    return choose_penalty([ResidualBasis.of(x, basis) for x in stages], targets, patients)


def _decoded(fit: StageFit, targets: FloatArray) -> Float32Array:
    pre, *runs = (targets - fit.held_out_errors(stage) for stage in range(len(fit.residuals)))
    return np.stack([pre, np.mean(runs, axis=0)]).astype(np.float32)


def _evidence(fit: StageFit, patients: PatientRows, ratios: tuple[float, float], seed: int) -> Evidence:
    estimates = EffectEstimates.of(fit.r2, fit.deleted)
    return Evidence(estimates, permuted_r2(fit, patients, seed), *ratios, len(patients))


def _given_label(
    stages: Sequence[FloatArray],
    targets: FloatArray,
    columns: tuple[Sequence[Covariate], Sequence[Covariate]],
    basis: CovariateBasis,
    patients: PatientRows,
    ratios: tuple[float, float],
    seed: int,
) -> tuple[Evidence | None, tuple[str, ...]]:
    """The evidence given the label, and every covariate that was left out; None where the label adds nothing."""
    label, covariates = columns
    if not label:
        return None, basis.dropped
    wider = covariate_basis([*covariates, *label], patients)
    if wider.vectors.shape[1] == basis.vectors.shape[1]:
        return None, wider.dropped
    fit = fit_stages(stages, targets, wider, patients, deletions=Deletions.of(patients, seed))
    return _evidence(fit, patients, ratios, seed), wider.dropped


def _group_level(
    evidence: Evidence, given: Evidence | None, at: Sequence[IntArray]
) -> tuple[Changes, LabelShare | None]:
    changes = evidence.groups(at)
    if given is None:
        return changes, None
    share = group_label_share(evidence, given, at)
    return changes.with_label(share.given_label.flag, share.beyond_error), share


def _check(
    x_pre: FloatArray,
    x_ft: Sequence[FloatArray],
    radiomics: FloatArray,
    patient_id: Sequence[str],
    groups: Sequence[str],
) -> None:
    n, k = radiomics.shape
    if not x_ft or any(len(x) != n for x in (x_pre, *x_ft)) or len(patient_id) != n or len(groups) != k:
        raise BadTable(
            f"The embeddings, patient ids and groups do not fit radiomics of {n} studies and {k} features; give a row "
            "each per study, and a group per feature."
        )
    if not all(np.isfinite(values).all() for values in (x_pre, *x_ft, radiomics)):
        raise BadTable("Embeddings or radiomics have missing or infinite values; drop these studies or features.")
    constant = int((radiomics == radiomics[:1]).all(axis=0).sum())
    if constant:
        raise BadTable(f"{constant} of {k} features have one value only and cannot be decoded; drop them.")
    if len(set(patient_id)) < FEWEST_PATIENTS:
        raise BadTable(f"{len(set(patient_id))} patients are too few to leave patients out; give 20 or more.")
