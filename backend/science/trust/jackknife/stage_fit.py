"""R2 above chance of every stage and feature, of all patients and without each patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.chance import within_patient_correlation
from backend.science.trust.jackknife.covariates import CovariateBasis
from backend.science.trust.jackknife.deletions import Deletions
from backend.science.trust.jackknife.held_out import solve_blocks, squared_error
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.penalty import choose_penalty
from backend.science.trust.jackknife.residual import Residual, WholeResidual
from backend.science.trust.jackknife.residual_basis import ResidualBasis
from backend.science.trust.jackknife.thin import ThinResidual
from backend.science.types import FloatArray, MaskArray

NOTHING_LEFT = 1e-10


@dataclass(frozen=True, slots=True)
class StageFit:
    """R2 above chance (R2 - r0) / (1 - r0) of S stages, with the residual matrices that gave it."""

    penalty: float
    chance: FloatArray  # (S,) r0
    r2: FloatArray  # (S, K)
    deleted: FloatArray  # (S, D, K) without each patient, or each group of patients; r0 kept
    deletions: Deletions
    patients: PatientRows
    residuals: tuple[Residual, ...]  # M of every stage
    null: Residual  # M_0
    residual: FloatArray  # M_0 Y (n, K), zero where the covariates determine a feature

    def held_out_errors(self, stage: int) -> FloatArray:
        """(n, K) targets minus their predictions from all other patients, in the units of the targets."""
        matrix = self.residuals[stage]
        return solve_blocks(matrix.inverse_blocks(self.patients), matrix.times(self.residual), self.patients)


def fit_stages(
    stages: Sequence[FloatArray],
    targets: FloatArray,
    covariates: CovariateBasis,
    patients: PatientRows,
    penalty: float | None = None,
    deletions: Deletions | None = None,
) -> StageFit:
    """Decode normal scores (n, K) from the embeddings (n, d) of every stage, with one penalty for all.

    R2 = 1 - SSE / SSE_0; with covariates beyond an intercept it is the partial R2 given them. A feature that the
    covariates determine has an R2 of 0. The penalty is chosen where none is given. Cohorts whose patients are deleted
    in groups are decoded without any (n, n) matrix.
    """
    deleted_by = Deletions.of(patients) if deletions is None else deletions
    bases = [ResidualBasis.of(x, covariates) for x in stages]
    chosen = choose_penalty(bases, targets, patients) if penalty is None else penalty
    residual = covariates.residual(targets)
    left = np.square(residual).sum(axis=0) > NOTHING_LEFT * np.square(targets).sum(axis=0)
    residual[:, ~left] = 0.0
    correlation = within_patient_correlation(residual[:, left], patients)
    null = _null(covariates, deleted_by)
    null_errors = _errors(null, residual, patients, deleted_by)
    null_chance = null.chance_error(patients, correlation)
    chance = np.empty(len(stages))
    r2, deleted = np.empty((len(stages), targets.shape[1])), np.empty((len(stages), *null_errors[1].shape))
    residuals = []
    for s, basis in enumerate(bases):
        matrix = _of(basis, chosen, deleted_by)
        chance[s] = 1.0 - matrix.chance_error(patients, correlation) / null_chance
        whole, without = _errors(matrix, residual, patients, deleted_by)
        r2[s] = above_chance(whole, null_errors[0], chance[s], left)
        deleted[s] = above_chance(without, null_errors[1], chance[s], left)
        residuals.append(matrix)
    return StageFit(chosen, chance, r2, deleted, deleted_by, patients, tuple(residuals), null, residual)


def above_chance(error: FloatArray, null_error: FloatArray, chance: float, left: MaskArray) -> FloatArray:
    """(R2 - r0) / (1 - r0) of squared errors (..., K); 0 for features of which nothing is `left` (K,)."""
    ratio = np.divide(
        error, null_error, out=np.full(error.shape, 1.0 - chance), where=np.broadcast_to(left, error.shape)
    )
    return np.asarray(1.0 - ratio / (1.0 - chance))


def _null(covariates: CovariateBasis, deletions: Deletions) -> Residual:
    return ThinResidual(covariates.vectors) if deletions.grouped else WholeResidual(covariates.residual_matrix())


def _of(basis: ResidualBasis, penalty: float, deletions: Deletions) -> Residual:
    return ThinResidual(basis.columns(penalty)) if deletions.grouped else WholeResidual(basis.matrix(penalty))


def _errors(
    matrix: Residual, residual: FloatArray, patients: PatientRows, deletions: Deletions
) -> tuple[FloatArray, FloatArray]:
    """SSE (K,) and SSE without each deletion (D, K)."""
    dual = matrix.times(residual)
    whole = squared_error(solve_blocks(matrix.inverse_blocks(patients), dual, patients))
    return whole, matrix.deleted_errors(dual, patients, deletions)
