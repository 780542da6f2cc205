"""Squared errors without a patient: patient q is deleted everywhere, then each other patient p is held out.

Deleting q gives M(q) = M - M_.q M_qq^-1 M_q. and a(q) = a - M_.q M_qq^-1 a_q, with a = M Y (block elimination; the
penalty, the scale of the kernel and its centre stay those of all patients). Then

    SSE(q) = sum over p != q of |M(q)_pp^-1 a(q)_p|^2.

Expanding the square turns the sums over p into matrix products for all K features at once. Nothing of size (P, P, K) is
held.
"""

import numpy as np

from backend.science.trust.jackknife.held_out import block_inverses, inverses, solve_blocks
from backend.science.trust.jackknife.patients import EqualSized, PatientRows, diagonal_blocks
from backend.science.types import FloatArray, IntArray

CHUNK = 32


def deleted_squared_errors(matrix: FloatArray, dual: FloatArray, patients: PatientRows) -> FloatArray:
    """SSE(q) (P, K) without each patient, from M (n, n) and a = M Y (n, K)."""
    if patients.single:
        return np.asarray(without_each_row(matrix, dual)[patients.blocks[0].rows[:, 0]])
    return without_each_patient(matrix, dual, patients)


def without_each_row(matrix: FloatArray, dual: FloatArray) -> FloatArray:
    """SSE(j) (n, K) without each row, where every patient has one study. It costs 4 n^2 K floating-point operations.

    With d = diag M, V_ij = (M_ii - M_ij^2 / M_jj)^-2 and V_jj = 0:
    SSE(j) = [V' (a * a)]_j - 2 (a_j / d_j) [(M * V)' a]_j + (a_j / d_j)^2 sum_i V_ij M_ij^2.
    """
    d = np.diag(matrix)
    remaining = d[:, None] - matrix**2 / d
    np.fill_diagonal(remaining, np.inf)
    weight = remaining**-2
    crossed = matrix * weight
    ratio = dual / d[:, None]
    total = weight.T @ dual**2
    total -= 2.0 * ratio * (crossed.T @ dual)
    total += ratio**2 * np.einsum("ij,ij->j", crossed, matrix)[:, None]
    return np.asarray(total)


def without_each_patient(matrix: FloatArray, dual: FloatArray, patients: PatientRows) -> FloatArray:
    """SSE(q) (P, K) without each patient, for patients with one or more studies.

    With b_q = M_qq^-1 a_q and Z_pq = M(q)_pp^-2:
    SSE(q) = sum_p a_p' Z_pq a_p - 2 b_q' sum_p M_qp Z_pq a_p + b_q' (sum_p M_qp Z_pq M_pq) b_q.
    """
    ratio = solve_blocks(block_inverses(matrix, patients), dual, patients)
    products = [_within_products(dual, block) for block in patients.blocks]
    total = np.empty((len(patients), dual.shape[1]))
    for sized in patients.blocks:
        for deleted in sized.chunks(CHUNK):
            own = ratio[deleted.rows]
            square, cross, last = _expanded(matrix, dual, products, deleted, patients)
            total[deleted.patients] = (
                square - 2.0 * np.einsum("qmk,qmk->qk", own, cross) + np.einsum("qmk,qmk->qk", own, last @ own)
            )
    return total


def _expanded(
    matrix: FloatArray, dual: FloatArray, products: list[FloatArray], deleted: EqualSized, patients: PatientRows
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The three sums over p for Q deleted patients: (Q, K), (Q, m_q, K) and (Q, m_q, m_q)."""
    n_deleted, m_q = deleted.rows.shape
    k = dual.shape[1]
    square, cross = np.zeros((n_deleted, k)), np.zeros((n_deleted * m_q, k))
    last = np.zeros((n_deleted, m_q, m_q))
    inverse = inverses(diagonal_blocks(matrix, deleted))
    for block, product in zip(patients.blocks, products, strict=True):
        between = matrix[block.rows[None, :, :, None], deleted.rows[:, None, None, :]]  # (Q, B, m, m_q)
        z = _inverse_squares(matrix, between, inverse, block, deleted)
        i, j = _upper(block)
        weights = z[:, :, i, j] * np.where(i == j, 1.0, 2.0)
        square += weights.reshape(n_deleted, -1) @ product
        mixed = between.transpose(0, 1, 3, 2) @ z  # (Q, B, m_q, m)
        rows = mixed.transpose(0, 2, 1, 3).reshape(n_deleted * m_q, -1)
        cross += rows @ dual[block.rows.ravel()]
        last += (mixed @ between).sum(axis=1)
    return square, cross.reshape(n_deleted, m_q, k), last


def _inverse_squares(
    matrix: FloatArray, between: FloatArray, inverse: FloatArray, block: EqualSized, deleted: EqualSized
) -> FloatArray:
    """Z_pq = M(q)_pp^-2 (Q, B, m, m); zero where p is q."""
    remaining = diagonal_blocks(matrix, block) - between @ inverse[:, None] @ between.transpose(0, 1, 3, 2)
    same = deleted.patients[:, None] == block.patients
    remaining[same] = np.eye(block.rows.shape[1])  # M(q)_qq is zero and has no inverse
    inverted = inverses(remaining)
    z = inverted @ inverted
    z[same] = 0.0
    return z


def _within_products(dual: FloatArray, block: EqualSized) -> FloatArray:
    """a_i * a_j of each pair of studies of a patient (B pairs, K)."""
    i, j = _upper(block)
    return np.asarray((dual[block.rows[:, i]] * dual[block.rows[:, j]]).reshape(-1, dual.shape[1]))


def _upper(block: EqualSized) -> tuple[IntArray, IntArray]:
    i, j = np.triu_indices(block.rows.shape[1])
    return i, j
