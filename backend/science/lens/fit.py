"""The problem of the paper block (joined, scaled, split tables) and one fit of it (f_share, decoders)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadSettings, BadTable
from backend.science.lens.decoder import Decoder, solve
from backend.science.lens.other_widths import Turn, in_one_space
from backend.science.lens.projection import Projection, SweepPoint, fit_projection, sweep
from backend.science.lens.scores import Scaling, StageScores, stage_scores
from backend.science.lens.settings import LensSettings
from backend.science.tables.join import Cohort, join, usable_features
from backend.science.tables.split import TEST, TRAIN, VAL, given_split, split_by_patient
from backend.science.tables.study_columns import StudyColumn
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class Problem:
    """Joined, checked, scaled tables and the split."""

    cohort: Cohort
    sides: NDArray[np.str_]  # (N,)
    scaling: Scaling
    r: FloatArray  # (N, K), min-max units
    turn: Turn | None = None  # what was done to embeddings after, where the one before has another width

    @property
    def x(self) -> dict[str, FloatArray]:
        """Embeddings (N, d) by stage, as f_share reads them."""
        x_ft = self.cohort.x_ft
        return {"pre": self.cohort.x_pre, "ft": x_ft if self.turn is None else self.turn.readable(x_ft)}

    @property
    def n_train_patients(self) -> int:
        return len({self.cohort.patient_id[row] for row in np.flatnonzero(self.rows(TRAIN))})

    def rows(self, side: str) -> NDArray[np.bool_]:
        """Which studies (N,) are in a part of the split: a boolean mask."""
        return np.asarray(self.sides == side)


@dataclass(frozen=True, slots=True)
class Fit:
    """One frozen f_share, and per stage its projections of all studies, training decoders and scores."""

    projection: Projection
    z: dict[str, FloatArray]
    decoder: dict[str, Decoder]
    scores: dict[str, StageScores]


def prepared(
    pre: Embeddings,
    ft: Embeddings,
    radiomics: Radiomics,
    settings: LensSettings,
    split: Mapping[str, str] | None,
    others: Sequence[Embeddings] = (),
    columns: Sequence[StudyColumn] = (),
) -> Problem:
    """Join, split and scale the tables. Raises BadTable, or BadSettings where the split does not allow a sweep.

    `others` and `columns` as in `join`.
    """
    cohort = join(pre, ft, radiomics, settings.intersect, others, columns)
    if split is None:
        sides = split_by_patient(cohort.patient_id, settings.seed)
    else:
        sides = given_split(cohort.study_id, cohort.patient_id, split)
    if (sides == TEST).sum() < 2:
        raise BadTable("the given split has one test study; R² needs at least two, better twenty.")
    if settings.sweep and VAL not in sides:
        raise BadSettings("the sweep chooses on validation studies and the split has none; add some or leave it off.")
    cohort, turn = in_one_space(usable_features(cohort, sides == TRAIN), sides == TRAIN)
    scaling = Scaling.fitted(cohort.r[sides == TRAIN])
    return Problem(cohort, sides, scaling, scaling.minmax(cohort.r), turn)


def _modalities(problem: Problem, positions: NDArray[np.intp]) -> list[str]:
    return [problem.cohort.features[k].modality for k in positions]


def swept(problem: Problem, settings: LensSettings, progress: Progress | None) -> tuple[SweepPoint, ...]:
    """The tried penalties with their errors on validation studies."""
    everything = np.arange(len(problem.cohort.features))
    train, val = ((problem.cohort.x_pre[rows], problem.r[rows]) for rows in (problem.rows(TRAIN), problem.rows(VAL)))
    return sweep(train, val, _modalities(problem, everything), settings.projection, settings.seed, progress)


def fit(problem: Problem, positions: NDArray[np.intp], settings: LensSettings, progress: Progress | None) -> Fit:
    """Fit f_share and the decoders of some features."""
    train, test = problem.rows(TRAIN), problem.rows(TEST)
    r = np.ascontiguousarray(problem.r[:, positions])
    modality = _modalities(problem, positions)
    projection = fit_projection(
        problem.cohort.x_pre[train], r[train], modality, settings.projection, settings.seed, progress
    )
    z = {stage: projection.transform(x) for stage, x in problem.x.items()}
    decoder = {stage: solve(z[stage][train], r[train], settings.bias) for stage in z}
    scores = {
        stage: stage_scores(
            (r[train], decoder[stage].predict(z[stage][train])),
            (r[test], decoder[stage].predict(z[stage][test])),
            problem.scaling.sd[positions],
        )
        for stage in z
    }
    return Fit(projection, z, decoder, scores)
