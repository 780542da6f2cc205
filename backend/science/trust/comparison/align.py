"""Alignment of analyses: the same patients in all of them, resampled together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.errors import BadSettings, BadTable
from backend.science.compute.progress import prefixed
from backend.science.lens.settings import LensSettings
from backend.science.tables.feature_names import FeatureName
from backend.science.tables.join import MIN_DISTINCT, MIN_PATIENTS
from backend.science.trust.change import StageComparison
from backend.science.trust.comparison.compare import AlignedAnalysis, common_features
from backend.science.trust.measurement import measure
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class StageKernels:
    """Gram matrices (n, n) of both stages and radiomics (n, K) of some studies, rows in the order asked for."""

    products: tuple[FloatArray, FloatArray]
    r: FloatArray
    features: tuple[FeatureName, ...]


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """A finished analysis with its changes; `load_stages` reads the data of some of its studies again."""

    label: str
    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    features: tuple[FeatureName, ...]
    settings: LensSettings  # seed, folds, repeats and bootstrap decide whether two were resampled alike
    comparison: StageComparison
    load_stages: Callable[[tuple[str, ...]], StageKernels]

    @property
    def resampling(self) -> tuple[object, ...]:
        """Key of the bootstrap: analyses with equal keys were resampled together."""
        chosen = self.settings
        return (
            self.study_id,
            self.patient_id,
            chosen.seed,
            chosen.folds,
            chosen.repeats,
            len(self.comparison.replicates),
        )


@dataclass(frozen=True, slots=True)
class AlignedAnalyses:
    """Comparable analyses, the studies and features they share, and notes on what was left out."""

    members: tuple[AlignedAnalysis, ...]
    study_id: tuple[str, ...]
    n_patients: int
    features: tuple[FeatureName, ...]
    settings: LensSettings
    recomputed: bool
    notes: tuple[str, ...]


def align_analyses(
    analysed: Sequence[StoredAnalysis], threads: int = 1, progress: Progress | None = None
) -> AlignedAnalyses:
    """Align analyses: unchanged where they were resampled alike, else the shared studies are decoded again.

    Seed, folds, repeats and replicates are then the first one's. `threads`: replicates computed at a time.
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
    first = analysed[0].settings
    notes = _left_out_notes(analysed, studies)
    alike = len({one.resampling for one in analysed}) == 1
    if alike:
        members = [AlignedAnalysis(one.label, one.features, one.comparison) for one in analysed]
    else:
        if len({one.study_id for one in analysed}) == 1:
            notes.append("The analyses were resampled differently, so all were decoded again with the first's seed.")
        chosen = replace(first, bootstrap=len(analysed[0].comparison.replicates), threads=threads)
        members = [_decode_again(one, studies, patients, chosen, prefixed(progress, one.label)) for one in analysed]
    features = common_features(members)
    if not features:
        raise BadTable("The analyses have no feature in common; compare analyses of the same radiomics.")
    notes += [
        f"{len(one.features) - len(features)} features of {one.label} are not in all analyses and were left out."
        for one in members
        if len(one.features) > len(features)
    ]
    return AlignedAnalyses(tuple(members), studies, count, features, first, not alike, tuple(notes))


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
    settings: LensSettings,
    progress: Progress | None,
) -> AlignedAnalysis:
    """Decode the shared studies; features with fewer than 5 distinct values among them are dropped."""
    stages = one.load_stages(studies)
    keep = np.array([len(np.unique(column)) >= MIN_DISTINCT for column in stages.r.T], dtype=bool)
    features = tuple(feature for feature, usable in zip(stages.features, keep, strict=True) if usable)
    measured = measure(stages.products, np.ascontiguousarray(stages.r[:, keep]), patients, settings, progress)
    return AlignedAnalysis(one.label, features, measured.compare(0, 1))
