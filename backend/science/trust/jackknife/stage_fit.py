"""R2 above chance of every stage and feature, of all patients and without each patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.chance import chance_error, within_patient_correlation
from backend.science.trust.jackknife.covariates import CovariateBasis
from backend.science.trust.jackknife.deletion import deleted_squared_errors
from backend.science.trust.jackknife.held_out import block_inverses, solve_blocks, squared_error
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.penalty import choose_penalty
from backend.science.trust.jackknife.residual_basis import ResidualBasis
from backend.science.types import FloatArray, MaskArray

NOTHING_LEFT = 1e-10


@dataclass(frozen=True, slots=True)
class StageFit:
    """R2 above chance (R2 - r0) / (1 - r0) of S stages, with the matrices that gave it."""

    penalty: float
    chance: FloatArray  # (S,) r0
    r2: FloatArray  # (S, K)
    deleted: FloatArray  # (S, P, K) without each patient; r0 kept
    matrices: tuple[FloatArray, ...]  # M of every stage (n, n)
    null_matrix: FloatArray  # M_0 (n, n)
    residual: FloatArray  # M_0 Y (n, K), zero where the covariates determine a feature


def fit_stages(
    stages: Sequence[FloatArray],
    targets: FloatArray,
    covariates: CovariateBasis,
    patients: PatientRows,
    penalty: float | None = None,
) -> StageFit:
    """Decode normal scores (n, K) from the embeddings (n, d) of every stage, with one penalty for all.

    R2 = 1 - SSE / SSE_0; with covariates beyond an intercept it is the partial R2 given them. A feature that the
    covariates determine has an R2 of 0. The penalty is chosen where none is given.
    """
    bases = [ResidualBasis.of(x, covariates) for x in stages]
    chosen = choose_penalty(bases, targets, patients) if penalty is None else penalty
    residual = covariates.residual(targets)
    left = np.square(residual).sum(axis=0) > NOTHING_LEFT * np.square(targets).sum(axis=0)
    residual[:, ~left] = 0.0
    correlation = within_patient_correlation(residual[:, left], patients)
    null_matrix = covariates.residual_matrix()
    null_errors = _errors(null_matrix, residual, patients)
    null_chance = chance_error(null_matrix, patients, correlation)
    shape = (len(stages), len(patients), targets.shape[1])
    chance, r2, deleted = np.empty(len(stages)), np.empty((shape[0], shape[2])), np.empty(shape)
    matrices = []
    for s, basis in enumerate(bases):
        matrix = basis.matrix(chosen)
        chance[s] = 1.0 - chance_error(matrix, patients, correlation) / null_chance
        whole, without = _errors(matrix, residual, patients)
        r2[s] = above_chance(whole, null_errors[0], chance[s], left)
        deleted[s] = above_chance(without, null_errors[1], chance[s], left)
        matrices.append(matrix)
    return StageFit(chosen, chance, r2, deleted, tuple(matrices), null_matrix, residual)


def above_chance(error: FloatArray, null_error: FloatArray, chance: float, left: MaskArray) -> FloatArray:
    """(R2 - r0) / (1 - r0) of squared errors (..., K); 0 for features of which nothing is `left` (K,)."""
    ratio = np.divide(
        error, null_error, out=np.full(error.shape, 1.0 - chance), where=np.broadcast_to(left, error.shape)
    )
    return np.asarray(1.0 - ratio / (1.0 - chance))


def _errors(matrix: FloatArray, residual: FloatArray, patients: PatientRows) -> tuple[FloatArray, FloatArray]:
    """SSE (K,) and SSE without each patient (P, K)."""
    dual = matrix @ residual
    whole = squared_error(solve_blocks(block_inverses(matrix, patients), dual, patients))
    return whole, deleted_squared_errors(matrix, dual, patients)
