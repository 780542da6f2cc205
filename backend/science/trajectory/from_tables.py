"""Trajectories from tables: joined by study id, then decoded along checkpoints or stages."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.lens.settings import LensSettings
from backend.science.tables.feature_names import FeatureName
from backend.science.tables.join import MIN_PATIENTS, Cohort, join, usable_features
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.trajectory.decode import PointEmbeddings, TrajectoryPoint, decode_checkpoints, decode_stages
from backend.science.types import Progress


@dataclass(frozen=True, slots=True)
class TrajectoryResult:
    """A decoded trajectory: its points, features, studies and patients."""

    points: tuple[TrajectoryPoint, ...]
    features: tuple[FeatureName, ...]
    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    alerts: tuple[str, ...]

    @property
    def n_patients(self) -> int:
        return len(set(self.patient_id))


def checkpoint_trajectory(
    pre: Embeddings,
    checkpoints: Mapping[str, Embeddings],
    radiomics: Radiomics,
    settings: LensSettings,
    epochs: Mapping[str, int | None] | None = None,
    progress: Progress | None = None,
) -> TrajectoryResult:
    """Decode each checkpoint's embeddings (by label, in order) against the common pre-trained ones.

    epochs: the epoch of each label. Raises BadTable for tables that
    cannot be joined or share too few patients.
    """
    joined = {name: join(pre, table, radiomics, settings.intersect) for name, table in checkpoints.items()}
    common, at = _common(joined)
    inputs = [
        PointEmbeddings(name, one.x_pre[at[name]], one.x_ft[at[name]], epoch=(epochs or {}).get(name))
        for name, one in joined.items()
    ]
    points = decode_checkpoints(
        inputs[0].before, inputs, common.r, common.features, common.patient_id, settings.seed, progress
    )
    return _result(points, common)


def stage_trajectory(
    stages: Mapping[str, tuple[Embeddings, Embeddings]],
    radiomics: Radiomics,
    settings: LensSettings,
    progress: Progress | None = None,
) -> TrajectoryResult:
    """Decode the embeddings of each stage (by name: before, after fine-tuning); raises BadTable as above."""
    joined = {name: join(pre, ft, radiomics, settings.intersect) for name, (pre, ft) in stages.items()}
    common, at = _common(joined)
    inputs = [
        PointEmbeddings(name, one.x_pre[at[name]], one.x_ft[at[name]], stage=name) for name, one in joined.items()
    ]
    points = decode_stages(inputs, common.r, common.features, common.patient_id, settings.seed, progress)
    return _result(points, common)


def _common(joined: Mapping[str, Cohort]) -> tuple[Cohort, dict[str, NDArray[np.intp]]]:
    """Studies that all points have, and their rows in each point's tables; the radiomics are the same in all."""
    cohorts = list(joined.values())
    if not cohorts:
        raise BadTable("A trajectory needs the table of at least one checkpoint or stage.")
    shared = sorted(set(cohorts[0].study_id).intersection(*(one.study_id for one in cohorts[1:])))
    at = {name: np.flatnonzero(np.isin(np.array(one.study_id, dtype=object), shared)) for name, one in joined.items()}
    first, rows = cohorts[0], at[next(iter(joined))]
    patients = tuple(first.patient_id[row] for row in rows)
    if len(set(patients)) < MIN_PATIENTS:
        raise BadTable(
            f"The points of the trajectory share {len(set(patients))} patients; at least {MIN_PATIENTS} are needed."
        )
    cohort = Cohort(
        study_id=tuple(shared),
        patient_id=patients,
        x_pre=first.x_pre[rows],
        x_ft=first.x_ft[rows],
        r=first.r[rows],
        features=first.features,
        dropped=first.dropped,
        alerts=first.alerts,
    )
    return usable_features(cohort, np.ones(len(rows), dtype=bool)), at


def _result(points: list[TrajectoryPoint], cohort: Cohort) -> TrajectoryResult:
    alerts = tuple(alert.sentence for alert in cohort.alerts)
    return TrajectoryResult(tuple(points), cohort.features, cohort.study_id, cohort.patient_id, alerts)
