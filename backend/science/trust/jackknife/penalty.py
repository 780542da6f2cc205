"""The ridge penalty: one for all stages, of the least total leave-one-patient-out squared error.

The unit is the mean diagonal of the kernel, tr(K) / n, which is 1 after scaling.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.held_out import inverses
from backend.science.trust.jackknife.patients import EqualSized, PatientRows
from backend.science.trust.jackknife.residual_basis import ResidualBasis
from backend.science.types import FloatArray, IntArray

PENALTIES = np.logspace(-3, 2.5, 17)


def choose_penalty(bases: Sequence[ResidualBasis], targets: FloatArray, patients: PatientRows) -> float:
    """The penalty of least squared error, summed over stages, studies and targets (n, K)."""
    total = np.sum([penalty_errors(basis, targets, patients) for basis in bases], axis=0)
    return float(PENALTIES[total.argmin()])


def penalty_errors(basis: ResidualBasis, targets: FloatArray, patients: PatientRows) -> FloatArray:
    """Total squared error (17,) of one stage for each penalty.

    Sum_p tr(M_pp^-2 R_pp) with R = M Y Y' M. Only the blocks R_pp are formed, from Y in the basis Q: Q' Y Y' Q.
    """
    residual = basis.covariates.residual(targets)  # M Y = M M_0 Y
    projected = basis.vectors.T @ residual
    cross = None if basis.complete else residual @ projected.T
    entries = [_Entries.of(basis, residual, cross, block) for block in patients.blocks]
    inner = projected @ projected.T
    found = []
    for penalty in PENALTIES:
        kept = basis.kept(float(penalty))
        weight = kept if basis.complete else 1.0 - kept
        scaled = basis.vectors * weight
        left = scaled @ inner
        found.append(sum(one.error(weight, left, scaled) for one in entries))
    return np.array(found)


@dataclass(frozen=True, slots=True)
class _Entries:
    """The entries (i, j) of the blocks of all patients with m studies (E = B m m), and what no penalty changes."""

    i: IntArray
    j: IntArray
    m: int
    sign: float  # M = sum of Q w Q', or M_0 minus it
    own: FloatArray  # (E,) of M_0, or 0
    own_terms: FloatArray  # (E, r) Q_i * Q_j
    r: FloatArray  # (E,) of M_0 Y Y' M_0, or 0
    r_terms: FloatArray | None  # (E, r)

    @classmethod
    def of(cls, basis: ResidualBasis, residual: FloatArray, cross: FloatArray | None, block: EqualSized) -> "_Entries":
        m = block.rows.shape[1]
        first, second = np.divmod(np.arange(m * m), m)
        i, j = block.rows[:, first].ravel(), block.rows[:, second].ravel()
        q, c = basis.vectors, basis.covariates.vectors
        zero = np.zeros(len(i))
        if cross is None:
            return cls(i, j, m, 1.0, zero, q[i] * q[j], zero, None)
        own, r = (i == j) - _dot(c[i], c[j]), _dot(residual[i], residual[j])
        return cls(i, j, m, -1.0, own, q[i] * q[j], r, q[i] * cross[j] + cross[i] * q[j])

    def error(self, weight: FloatArray, left: FloatArray, scaled: FloatArray) -> float:
        """Sum_p tr(M_pp^-2 R_pp) of these patients."""
        own = self.own + self.sign * (self.own_terms @ weight)
        r = self.r + _dot(left[self.i], scaled[self.j])
        if self.r_terms is not None:
            r = r - self.r_terms @ weight
        if self.m == 1:
            return float((r / own**2).sum())
        inverse = inverses(own.reshape(-1, self.m, self.m))
        return float(np.einsum("bij,bji->", inverse @ inverse, r.reshape(-1, self.m, self.m)))


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("er,er->e", a, b))
