"""The residual matrix of a large cohort as M = I - B B', with B (n, b) of few columns; no (n, n) matrix is formed.

B holds an orthonormal basis of the covariates and, for a ridge on an embedding of d dimensions, d columns more.
"""

from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.deletions import Deletions
from backend.science.trust.jackknife.group_deletion import outer, without_each_group
from backend.science.trust.jackknife.held_out import inverses, solve_blocks
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.residual import Predictor
from backend.science.types import Float32Array, FloatArray


@dataclass(frozen=True, slots=True)
class ThinResidual:
    """M = I - B B'."""

    b: FloatArray

    def times(self, values: FloatArray) -> FloatArray:
        """M Y of (n, K)."""
        return np.asarray(values - self.b @ (self.b.T @ values))

    def inverse_blocks(self, patients: PatientRows) -> list[FloatArray]:
        """M_pp^-1 of every patient."""
        found = []
        for block in patients.blocks:
            own = self.b[block.rows]
            found.append(inverses(np.eye(block.rows.shape[1]) - outer(own, own)))
        return found

    def chance_error(self, patients: PatientRows, correlation: float) -> float:
        """The expected squared held-out error of noise: both terms of `chance`, from sums over B.

        |M_pp^-1 M_p.|^2 = tr(M_pp^-1 (M M')_pp M_pp^-1), and M Z the same with the indicators Z of patients.
        """
        squared = self.b @ (self.b.T @ self.b)
        summed = np.zeros((len(patients), self.b.shape[1]))  # Z' B
        if correlation > 0:
            np.add.at(summed, patients.number, self.b)
        squared_sums = self.b @ (summed.T @ summed) if correlation > 0 else summed
        total = 0.0
        for block, inverse in zip(patients.blocks, self.inverse_blocks(patients), strict=True):
            own, m = self.b[block.rows], block.rows.shape[1]
            mixed = np.eye(m) - 2.0 * outer(own, own) + outer(own, squared[block.rows])
            if correlation > 0:
                once = np.repeat(outer(own, summed[block.patients][:, None]), m, axis=2)
                shared = 1.0 - once - once.transpose(0, 2, 1) + outer(own, squared_sums[block.rows])
                mixed = correlation * shared + (1.0 - correlation) * mixed
            total += float(np.einsum("bij,bjk,bki->", inverse, mixed, inverse, optimize=True))
        return total

    def deleted_errors(self, dual: FloatArray, patients: PatientRows, deletions: Deletions) -> FloatArray:
        """SSE (D, K) without the patients of each deletion."""
        return without_each_group(self.b, dual, patients, deletions)

    def predictor(self, patients: PatientRows) -> Predictor:
        """Held-out errors by two products with (n, b)."""
        b = self.b.astype(np.float32)
        solved = [inverse.astype(np.float32) for inverse in self.inverse_blocks(patients)]

        def errors(targets: Float32Array) -> Float32Array:
            return solve_blocks(solved, targets - b @ (b.T @ targets), patients)

        return errors
