"""The residual matrix M of one fit: what decoding needs of it, whether it is held whole or as few columns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from backend.science.trust.jackknife.chance import chance_error
from backend.science.trust.jackknife.deletion import deleted_squared_errors
from backend.science.trust.jackknife.deletions import Deletions
from backend.science.trust.jackknife.held_out import block_inverses, error_matrix
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import Float32Array, FloatArray

Predictor = Callable[[Float32Array], Float32Array]
"""From targets (n, K) to their held-out errors (n, K)."""


class Residual(Protocol):
    """M (n, n) of a fit, up to a factor that held-out errors do not depend on."""

    def times(self, values: FloatArray) -> FloatArray:
        """M Y of (n, K)."""

    def inverse_blocks(self, patients: PatientRows) -> list[FloatArray]:
        """M_pp^-1 of every patient, (B, m, m) for each number of studies m."""

    def chance_error(self, patients: PatientRows, correlation: float) -> float:
        """The expected squared held-out error of noise of variance 1, correlated within a patient."""

    def deleted_errors(self, dual: FloatArray, patients: PatientRows, deletions: Deletions) -> FloatArray:
        """SSE (D, K) without the patients of each deletion, from a = M Y (n, K)."""

    def predictor(self, patients: PatientRows) -> Predictor:
        """Held-out errors of any targets, in float32."""


@dataclass(frozen=True, slots=True)
class WholeResidual:
    """M as a matrix (n, n): for cohorts whose patients are deleted one by one."""

    matrix: FloatArray

    def times(self, values: FloatArray) -> FloatArray:
        """M Y of (n, K)."""
        return np.asarray(self.matrix @ values)

    def inverse_blocks(self, patients: PatientRows) -> list[FloatArray]:
        """M_pp^-1 of every patient."""
        return block_inverses(self.matrix, patients)

    def chance_error(self, patients: PatientRows, correlation: float) -> float:
        """The expected squared held-out error of noise."""
        return chance_error(self.matrix, patients, correlation)

    def deleted_errors(self, dual: FloatArray, patients: PatientRows, deletions: Deletions) -> FloatArray:
        """SSE (P, K) without each patient; groups of patients are deleted in `thin.ThinResidual` only."""
        assert not deletions.grouped
        return deleted_squared_errors(self.matrix, dual, patients)

    def predictor(self, patients: PatientRows) -> Predictor:
        """Held-out errors by one product with (n, n)."""
        whole = error_matrix(self.matrix, patients).astype(np.float32)
        return lambda targets: whole @ targets
