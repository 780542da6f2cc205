"""Leave-one-patient-out errors in closed form: e_p = M_pp^-1 (M Y)_p, for all studies of a patient at once.

The formula is the block form of Allen's PRESS residual (Allen 1974; Cook & Weisberg 1982): it equals the prediction
error of the model refitted without patient p, for the same penalty and covariates.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.jackknife.patients import PatientRows, diagonal_blocks
from backend.science.types import FloatArray

Floating = TypeVar("Floating", bound=np.floating)


def block_inverses(matrix: FloatArray, patients: PatientRows) -> list[FloatArray]:
    """M_pp^-1 of every patient, (B, m, m) for each number of studies m."""
    return [inverses(diagonal_blocks(matrix, block)) for block in patients.blocks]


def inverses(matrices: FloatArray) -> FloatArray:
    """The inverse of every small matrix (..., m, m)."""
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def solve_blocks(
    inverses: list[NDArray[Floating]], values: NDArray[Floating], patients: PatientRows
) -> NDArray[Floating]:
    """M_pp^-1 v_p of every patient, for values (n, K)."""
    solved = np.empty_like(values)
    for inverse, block in zip(inverses, patients.blocks, strict=True):
        if inverse.shape[1] == 1:
            rows = block.rows[:, 0]
            solved[rows] = inverse[:, 0] * values[rows]
        else:
            solved[block.rows] = inverse @ values[block.rows]
    return solved


def error_matrix(matrix: FloatArray, patients: PatientRows) -> FloatArray:
    """E (n, n) with rows M_pp^-1 M_p.: E Y are the held-out errors of targets Y."""
    return solve_blocks(block_inverses(matrix, patients), matrix, patients)


def held_out_errors(matrix: FloatArray, targets: FloatArray, patients: PatientRows) -> FloatArray:
    """Errors (n, K) of predicting the targets (n, K) of each patient from all other patients."""
    return solve_blocks(block_inverses(matrix, patients), matrix @ targets, patients)


def squared_error(errors: FloatArray) -> FloatArray:
    """SSE (K,) of errors (n, K)."""
    return np.asarray(np.einsum("ik,ik->k", errors, errors))
