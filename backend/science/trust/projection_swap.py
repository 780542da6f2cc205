"""Projection swap: the paper's analysis with f_share fitted on the fine-tuned embeddings.

A real shift keeps its sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.lens.alerts import STUDIES_PER_LIVE_UNIT
from backend.science.lens.decoder import importance, live_units, solve
from backend.science.lens.projection import ProjectionSettings, fit_projection
from backend.science.tables.patients import split_patients
from backend.science.types import FloatArray, IntArray, Progress

TURNS = 3


@dataclass(frozen=True, slots=True)
class ProjectionSwap:
    """Importances under an f_share fitted on ft, cross-fitted by patient; each (K,)."""

    i_pre: FloatArray
    i_ft: FloatArray

    @property
    def delta_i(self) -> FloatArray:
        return self.i_ft - self.i_pre


def swapped_importance(
    x_pre: FloatArray,
    x_ft: FloatArray,
    r: FloatArray,
    modality: Sequence[str],
    patients: Sequence[IntArray],
    settings: ProjectionSettings,
    seed: int,
    progress: Progress | None = None,
) -> ProjectionSwap:
    """Fit f_share on the fine-tuned embeddings of a third of the patients and solve both stages' theta on the others.

    The thirds take turns, and importances are averaged. Thirds, because theta needs more studies than f_share has
    units. With fewer than 1.5 studies a live unit (the paper block's own limit) weights grow without bound: then all
    importances are NaN.
    x: (N, d), r: scaled radiomics (N, K). Embeddings are standardised by the stage f_share is fitted on.
    """
    importances = []
    for turn, fitted_on in enumerate(split_patients(patients, TURNS, np.random.default_rng([seed, 505]))):
        solved_on = np.setdiff1d(np.arange(len(r)), fitted_on)
        share = fit_projection(x_ft[fitted_on], r[fitted_on], modality, settings, seed, _turn_progress(progress, turn))
        z = [share.transform(x[solved_on]) for x in (x_pre, x_ft)]
        if len(solved_on) <= STUDIES_PER_LIVE_UNIT * max(live_units(one) for one in z):
            undefined = np.full(r.shape[1], np.nan)
            return ProjectionSwap(undefined, undefined)
        importances.append([importance(solve(one, r[solved_on]).theta) for one in z])
    i_pre, i_ft = np.mean(importances, axis=0)
    return ProjectionSwap(i_pre, i_ft)


def _turn_progress(progress: Progress | None, turn: int) -> Progress | None:
    """Report all turns as one step."""
    if progress is None:
        return None
    return lambda _, done, total: progress(
        "fitting the paper's projection after fine-tuning", turn * total + done, TURNS * total
    )
