"""Makes analyses comparable: the same patients in all of them, resampled together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.errors import BadSettings, BadTable
from backend.science.lens.settings import LensSettings
from backend.science.tables.feature_names import FeatureName
from backend.science.tables.join import MIN_DISTINCT, MIN_PATIENTS
from backend.science.trust.change import Pair
from backend.science.trust.comparison.compare import Member, common_features
from backend.science.trust.measurement import measure
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class Stages:
    """What decoding needs of some studies, in their order: a kernel (n, n) a stage, and radiomics (n, K)."""

    products: tuple[FloatArray, FloatArray]
    r: FloatArray
    features: tuple[FeatureName, ...]


@dataclass(frozen=True, slots=True)
class Analysed:
    """One finished analysis: its changes, and how to read some of its studies again."""

    label: str
    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    features: tuple[FeatureName, ...]
    settings: LensSettings  # seed, folds, repeats and bootstrap decide whether two were resampled alike
    pair: Pair
    stages_of: Callable[[tuple[str, ...]], Stages]

    @property
    def resampling(self) -> tuple[object, ...]:
        """Analyses that agree in this were resampled together."""
        chosen = self.settings
        return (self.study_id, self.patient_id, chosen.seed, chosen.folds, chosen.repeats, len(self.pair.replicates))


@dataclass(frozen=True, slots=True)
class Table:
    """Analyses at one table: comparable members, what they share, and what was left out on the way."""

    members: tuple[Member, ...]
    study_id: tuple[str, ...]
    n_patients: int
    features: tuple[FeatureName, ...]
    settings: LensSettings
    recomputed: bool
    notes: tuple[str, ...]


def seated(analysed: Sequence[Analysed], threads: int = 1, progress: Progress | None = None) -> Table:
    """Takes the analyses as they are where they were resampled alike, else decodes the shared studies again.

    Then seed, folds, repeats and replicates are the first one's. Refuses (BadSettings, BadTable) fewer than two
    analyses, a study under two patients, fewer than 20 shared patients, or no shared feature.
    """
    if len(analysed) < 2:
        raise BadSettings("A comparison needs two analyses or more.")
    studies, patients = _shared(analysed)
    count = len(set(patients))
    if count < MIN_PATIENTS:
        raise BadTable(
            f"The analyses share {count} patients ({_sizes(analysed)}); at least {MIN_PATIENTS} are needed to compare "
            "them."
        )
    first = analysed[0].settings
    notes = _left_out(analysed, studies)
    alike = len({one.resampling for one in analysed}) == 1
    if alike:
        members = [Member(one.label, one.features, one.pair) for one in analysed]
    else:
        if len({one.study_id for one in analysed}) == 1:
            notes.append("The analyses were resampled differently, so all were decoded again with the first's seed.")
        chosen = replace(first, bootstrap=len(analysed[0].pair.replicates), threads=threads)
        members = [_again(one, studies, patients, chosen, _named(progress, one.label)) for one in analysed]
    features = common_features(members)
    if not features:
        raise BadTable("The analyses have no feature in common; compare analyses of the same radiomics.")
    notes += [
        f"{len(one.features) - len(features)} features of {one.label} are not in all analyses and were left out."
        for one in members
        if len(one.features) > len(features)
    ]
    return Table(tuple(members), studies, count, features, first, not alike, tuple(notes))


def _shared(analysed: Sequence[Analysed]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    patient_of = [dict(zip(one.study_id, one.patient_id, strict=True)) for one in analysed]
    shared = tuple(sorted(set(patient_of[0]).intersection(*patient_of[1:])))
    for study in shared:
        if len({known[study] for known in patient_of}) > 1:
            raise BadTable(f"Study {study!r} belongs to different patients in these analyses; correct the patient ids.")
    return shared, tuple(patient_of[0][study] for study in shared)


def _left_out(analysed: Sequence[Analysed], studies: tuple[str, ...]) -> list[str]:
    notes = [
        f"{len(one.study_id) - len(studies)} of {len(one.study_id)} studies of {one.label} are not in all analyses and "
        "were left out."
        for one in analysed
        if len(one.study_id) > len(studies)
    ]
    if notes:
        notes.append(f"All were decoded again on the {len(studies)} studies they share.")
    return notes


def _sizes(analysed: Sequence[Analysed]) -> str:
    return ", ".join(f"{one.label}: {len(set(one.patient_id))}" for one in analysed)


def _again(
    one: Analysed,
    studies: tuple[str, ...],
    patients: tuple[str, ...],
    settings: LensSettings,
    progress: Progress | None,
) -> Member:
    """Decodes the shared studies; features with fewer than 5 distinct values among them are dropped."""
    stages = one.stages_of(studies)
    keep = np.array([len(np.unique(column)) >= MIN_DISTINCT for column in stages.r.T], dtype=bool)
    features = tuple(feature for feature, kept in zip(stages.features, keep, strict=True) if kept)
    measured = measure(stages.products, np.ascontiguousarray(stages.r[:, keep]), patients, settings, progress)
    return Member(one.label, features, measured.pair(0, 1))


def _named(progress: Progress | None, label: str) -> Progress | None:
    return None if progress is None else lambda step, done, total: progress(f"{label}: {step}", done, total)
