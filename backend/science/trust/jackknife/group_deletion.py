"""Squared errors without a group of patients, for M = I - B B' of few columns.

Let g be the rows of the deleted group, M_gg = L L' and N = B B_g' L^-T (n, m_g). For the patients p outside g

    M(g)_pp = M_pp - N_p N_p',    a(g)_p = a_p + N_p c,    c = L^-1 a_g,    Z_p = M(g)_pp^-2,
    SSE(g) = sum_p a_p' Z_p a_p + 2 c' sum_p N_p' Z_p a_p + c' (sum_p N_p' Z_p N_p) c.

N = B T with T = B_g' L^-T; the sums run over the narrower of N and B. All groups together
cost 2 n^2 K operations.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from backend.science.trust.jackknife.deletions import Deletions
from backend.science.trust.jackknife.held_out import inverses
from backend.science.trust.jackknife.patients import EqualSized, PatientRows
from backend.science.types import FloatArray, IntArray, MaskArray

COLUMNS = 512
"""Columns of N held at a time, of as many groups as they hold, and targets whose products are held at a time."""


def without_each_group(b: FloatArray, dual: FloatArray, patients: PatientRows, deletions: Deletions) -> FloatArray:
    """SSE(g) (D, K) without each deletion, from B (n, b) and a = M Y (n, K)."""
    own = [np.eye(block.rows.shape[1]) - outer(b[block.rows], b[block.rows]) for block in patients.blocks]
    weights = [
        np.empty((len(deletions), block.rows.size * (block.rows.shape[1] + 1) // 2)) for block in patients.blocks
    ]
    total = np.empty((len(deletions), dual.shape[1]))
    for groups in _batches(b, patients, deletions):
        n_rows = np.split(
            b @ np.hstack([group.turn for group in groups]), _ends(group.turn for group in groups), axis=1
        )
        narrow = [rows if rows.shape[1] <= b.shape[1] else b for rows in n_rows]
        weighted = [np.empty_like(one) for one in narrow]
        for group, rows, base, out in zip(groups, n_rows, narrow, weighted, strict=True):
            for block, diagonal, weight in zip(patients.blocks, own, weights, strict=True):
                z = _inverse_squares(diagonal, rows[block.rows], group.deleted[block.patients])
                out[block.rows] = z * base[block.rows] if z.shape[1] == 1 else z @ base[block.rows]
                weight[group.number] = _pair_weights(z)
        crosses = np.split(np.hstack(weighted).T @ dual, _ends(weighted))
        for group, base, out, cross in zip(groups, narrow, weighted, crosses, strict=True):
            last = out.T @ base
            if base is b:
                cross, last = group.turn.T @ cross, group.turn.T @ last @ group.turn
            moved = group.inverse @ dual[group.rows]
            total[group.number] = np.einsum("mk,mk->k", moved, 2.0 * cross + last @ moved)
    for block, weight in zip(patients.blocks, weights, strict=True):
        _add_squares(total, dual, block, weight)
    return total


@dataclass(frozen=True, slots=True)
class _Group:
    """A deleted group: its patients (P,), its rows, L^-1 (m_g, m_g) and T (b, m_g)."""

    number: int
    deleted: MaskArray
    rows: IntArray
    inverse: FloatArray
    turn: FloatArray


def _batches(b: FloatArray, patients: PatientRows, deletions: Deletions) -> Iterator[list[_Group]]:
    """All groups in order, as many at a time as have about 512 rows."""
    batch, width = list[_Group](), 0
    for number in range(len(deletions)):
        deleted = deletions.of_patient == number
        rows = np.flatnonzero(deleted[patients.number])
        lower = cholesky(np.eye(len(rows)) - b[rows] @ b[rows].T, lower=True, check_finite=False)
        inverse = solve_triangular(lower, np.eye(len(rows)), lower=True, check_finite=False)
        batch.append(_Group(number, deleted, rows, inverse, (inverse @ b[rows]).T))
        width += len(rows)
        if width >= COLUMNS:
            yield batch
            batch, width = [], 0
    if batch:
        yield batch


def _ends(parts: Iterable[FloatArray]) -> IntArray:
    """Where to split columns that were put side by side."""
    return np.cumsum([part.shape[1] for part in parts])[:-1]


def outer(left: FloatArray, right: FloatArray) -> FloatArray:
    """Inner products of the rows of each patient, (B, m, b) and (B, m', b) -> (B, m, m')."""
    return np.asarray(np.einsum("pib,pjb->pij", left, right))


def _inverse_squares(own: FloatArray, n_rows: FloatArray, deleted: MaskArray) -> FloatArray:
    """Z_p = (M_pp - N_p N_p')^-2 (B, m, m); zero for patients of the deleted group."""
    remaining = own - outer(n_rows, n_rows)
    remaining[deleted] = np.eye(own.shape[1])
    inverse = inverses(remaining) if own.shape[1] > 1 else 1.0 / remaining
    z = inverse @ inverse
    z[deleted] = 0.0
    return np.asarray(z)


def _pair_weights(z: FloatArray) -> FloatArray:
    """Z_ij + Z_ji of every pair of studies of a patient, one after the other."""
    i, j = np.triu_indices(z.shape[1])
    return np.asarray((z[:, i, j] * np.where(i == j, 1.0, 2.0)).ravel())


def _add_squares(total: FloatArray, dual: FloatArray, block: EqualSized, weight: FloatArray) -> None:
    """Add sum_p a_p' Z_p a_p to SSE (D, K), some targets at a time."""
    i, j = np.triu_indices(block.rows.shape[1])
    for start in range(0, dual.shape[1], COLUMNS):
        part = slice(start, start + COLUMNS)
        products = dual[block.rows[:, i], part] * dual[block.rows[:, j], part]
        total[:, part] += weight @ products.reshape(-1, products.shape[-1])
