"""The R2 that targets without any relation to the embedding reach: it is below zero, and not the same in all stages.

For targets of covariance S the expected squared error of patient p is |M_pp^-1 M_p. S^(1/2)|^2.
"""

import numpy as np

from backend.science.trust.jackknife.held_out import block_inverses, solve_blocks
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import FloatArray


def chance_r2(matrix: FloatArray, null_matrix: FloatArray, patients: PatientRows, correlation: float) -> float:
    """r0 = 1 - E(M) / E(M_0), of a stage's M (n, n) and of M_0 (n, n)."""
    return 1.0 - chance_error(matrix, patients, correlation) / chance_error(null_matrix, patients, correlation)


def chance_error(matrix: FloatArray, patients: PatientRows, correlation: float) -> float:
    """E, the expected squared error of noise of variance 1.

    One study a patient: sum_i (M^2)_ii / M_ii^2. Repeated studies, whose noise has the correlation rho within a
    patient: rho sum_p |M_pp^-1 (M Z)_p|^2 + (1 - rho) sum_p |M_pp^-1 M_p.|^2, with Z the indicators of patients (n, P).
    """
    if patients.single:
        return float((np.einsum("ij,ij->i", matrix, matrix) / np.diag(matrix) ** 2).sum())
    inverses = block_inverses(matrix, patients)
    alone = np.square(solve_blocks(inverses, matrix, patients)).sum()
    indicator = np.zeros((len(matrix), len(patients)))
    indicator[np.arange(len(matrix)), patients.number] = 1.0
    shared = np.square(solve_blocks(inverses, matrix @ indicator, patients)).sum()
    return float(correlation * shared + (1.0 - correlation) * alone)


def within_patient_correlation(residual: FloatArray, patients: PatientRows) -> float:
    """Mean over features of the correlation between two studies of a patient, in [0, 1]; 0 without repeated studies.

    residual: targets after the covariates (n, K), as the covariates take their part of every target anyway.
    """
    together, pairs = np.zeros(residual.shape[1]), 0
    for block in patients.blocks:
        m = block.rows.shape[1]
        own = residual[block.rows]
        together += (np.square(own.sum(axis=1)) - np.square(own).sum(axis=1)).sum(axis=0)
        pairs += len(block.rows) * m * (m - 1)
    variance = np.square(residual).mean(axis=0)
    usable = variance > 0
    if not pairs or not usable.any():
        return 0.0
    return float(np.clip((together[usable] / pairs / variance[usable]).mean(), 0.0, 1.0))
