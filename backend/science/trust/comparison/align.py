"""Alignment of analyses: the same patients in all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from backend.errors import BadSettings, BadTable
from backend.science.compute.progress import step_counter
from backend.science.tables.feature_names import FeatureName
from backend.science.tables.join import MIN_DISTINCT, MIN_PATIENTS
from backend.science.trust.change_evidence import ChangeEvidence
from backend.science.trust.comparison.compare import AlignedAnalysis, common_features
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import STEPS, decoding_change
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class StudyTables:
    """Embeddings (n, d) before and of every run, radiomics (n, K), covariates, label; rows in the order asked for."""

    x_pre: FloatArray
    runs: tuple[FloatArray, ...]
    r: FloatArray
    features: tuple[FeatureName, ...]
    covariates: tuple[Covariate, ...] = ()
    label: tuple[Covariate, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """A finished analysis with its changes; `load_tables` reads the data of some of its studies again."""

    label: str
    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    features: tuple[FeatureName, ...]
    seed: int
    evidence: ChangeEvidence
    load_tables: Callable[[tuple[str, ...]], StudyTables]


@dataclass(frozen=True, slots=True)
class AlignedAnalyses:
    """Comparable analyses, the studies and features they share, and notes on what was left out."""

    members: tuple[AlignedAnalysis, ...]
    study_id: tuple[str, ...]
    n_patients: int
    features: tuple[FeatureName, ...]
    seed: int
    recomputed: bool
    notes: tuple[str, ...]


def align_analyses(analysed: Sequence[StoredAnalysis], progress: Progress | None = None) -> AlignedAnalyses:
    """Align analyses: unchanged where they are of the same studies, else the shared studies are decoded again.

    Raises BadSettings for fewer than two analyses; BadTable for a study under two patients, fewer than 20 shared
    patients, or no shared feature.
    """
    if len(analysed) < 2:
        raise BadSettings("A comparison needs two analyses or more.")
    studies, patients = _shared_studies(analysed)
    count = len(set(patients))
    if count < MIN_PATIENTS:
        raise BadTable(
            f"The analyses share {count} patients ({_sizes(analysed)}); at least {MIN_PATIENTS} are needed to compare "
            "them."
        )
    notes = _left_out_notes(analysed, studies)
    seed = analysed[0].seed
    # patients that were deleted in groups were drawn by the seed
    drawn = any(one.evidence.grouped for one in analysed) and len({one.seed for one in analysed}) > 1
    same = not drawn and all(one.study_id == studies for one in analysed)
    if same:
        members = [AlignedAnalysis(one.label, one.features, one.evidence) for one in analysed]
    else:
        members = [_decode_again(one, studies, patients, seed, progress) for one in analysed]
    features = common_features(members)
    if not features:
        raise BadTable("The analyses have no feature in common; compare analyses of the same radiomics.")
    notes += [
        f"{len(one.features) - len(features)} features of {one.label} are not in all analyses and were left out."
        for one in members
        if len(one.features) > len(features)
    ]
    return AlignedAnalyses(tuple(members), studies, count, features, seed, not same, tuple(notes))


def _shared_studies(analysed: Sequence[StoredAnalysis]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    patient_of = [dict(zip(one.study_id, one.patient_id, strict=True)) for one in analysed]
    shared = tuple(sorted(set(patient_of[0]).intersection(*patient_of[1:])))
    for study in shared:
        if len({known[study] for known in patient_of}) > 1:
            raise BadTable(f"Study {study!r} belongs to different patients in these analyses; correct the patient ids.")
    return shared, tuple(patient_of[0][study] for study in shared)


def _left_out_notes(analysed: Sequence[StoredAnalysis], studies: tuple[str, ...]) -> list[str]:
    notes = [
        f"{len(one.study_id) - len(studies)} of {len(one.study_id)} studies of {one.label} are not in all analyses and "
        "were left out."
        for one in analysed
        if len(one.study_id) > len(studies)
    ]
    if notes:
        notes.append(f"All were decoded again on the {len(studies)} studies they share.")
    return notes


def _sizes(analysed: Sequence[StoredAnalysis]) -> str:
    return ", ".join(f"{one.label}: {len(set(one.patient_id))}" for one in analysed)


def _decode_again(
    one: StoredAnalysis,
    studies: tuple[str, ...],
    patients: tuple[str, ...],
    seed: int,
    progress: Progress | None,
) -> AlignedAnalysis:
    """Decode the shared studies; features with fewer than 5 distinct values among them are dropped."""
    tables = one.load_tables(studies)
    keep = np.array([len(np.unique(column)) >= MIN_DISTINCT for column in tables.r.T], dtype=bool)
    features = tuple(feature for feature, usable in zip(tables.features, keep, strict=True) if usable)
    change = decoding_change(
        tables.x_pre,
        tables.runs,
        np.ascontiguousarray(tables.r[:, keep]),
        patients,
        [feature.modality_class for feature in features],
        label=tables.label,
        covariates=tables.covariates,
        seed=seed,
        done=step_counter(progress, f"{one.label}: reading features again", STEPS),
    )
    return AlignedAnalysis(one.label, features, ChangeEvidence.of(change))
