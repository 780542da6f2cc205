"""Unpenalised covariates C: an intercept, and where asked a label, a centre or the logit of a head.

Only the space that C spans matters, so C is kept as an orthonormal basis. A covariate is used only as far as it can be
estimated without any two patients: the jackknife deletes one patient, and the held-out error another one. A level that
only one or two patients have would make M_pp singular. Levels of fewer than three patients are pooled, and a column
that still rests on one or two patients is dropped and listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import FloatArray

FEWEST_PATIENTS_A_LEVEL = 3
COLLINEAR = 1e-8
SINGULAR = 1e-6


@dataclass(frozen=True, slots=True)
class Covariate:
    """One column of a clinical table: numbers (n,), or class names (n,) as text, where blank is a class of its own."""

    name: str
    values: FloatArray | NDArray[np.str_]

    def of_rows(self, rows: NDArray[np.intp]) -> "Covariate":
        """The covariate of some rows."""
        return Covariate(self.name, self.values[rows])


@dataclass(frozen=True, slots=True)
class CovariateBasis:
    """An orthonormal basis of C (n, c), its first column constant, and what was left out of C, as sentences."""

    vectors: FloatArray
    dropped: tuple[str, ...]

    def residual(self, values: FloatArray) -> FloatArray:
        """M_0 Y: what is left of (n, K) after the covariates, M_0 = I - C (C'C)^-1 C'."""
        return np.asarray(values - self.vectors @ (self.vectors.T @ values))

    def residual_matrix(self) -> FloatArray:
        """M_0 itself (n, n)."""
        return np.asarray(np.eye(len(self.vectors)) - self.vectors @ self.vectors.T)


def covariate_basis(covariates: Sequence[Covariate], patients: PatientRows) -> CovariateBasis:
    """Span an intercept and the covariates, in their order.

    Raises BadTable where a covariate has another length than the table or a number is missing.
    """
    n = len(patients.number)
    vectors, dropped = np.full((n, 1), 1.0 / np.sqrt(n)), list[str]()
    for covariate in covariates:
        added = False
        for column, name in _columns(covariate, patients):
            left = column - vectors @ (vectors.T @ column)
            left -= vectors @ (vectors.T @ left)  # twice: once leaves rounding errors of nearly collinear columns
            if np.linalg.norm(left) <= COLLINEAR * np.linalg.norm(column):
                continue
            wider = np.column_stack([vectors, left / np.linalg.norm(left)])
            if estimable(wider, patients):
                vectors, added = wider, True
            else:
                dropped.append(f"{name} rests on one or two patients and is left out of the covariates.")
        if not added:
            dropped.append(_why_nothing(covariate, patients))
    return CovariateBasis(vectors, tuple(dropped))


def estimable(vectors: FloatArray, patients: PatientRows) -> bool:
    """Whether the columns (n, c) of an orthonormal basis keep their rank without any two patients.

    Without patients p and q the smallest eigenvalue of C'C is 1 - max eig(C_p'C_p + C_q'C_q).
    """
    c = vectors.shape[1]
    shares = np.empty((len(patients), c, c))
    for block in patients.blocks:
        own = vectors[block.rows]
        shares[block.patients] = own.transpose(0, 2, 1) @ own
    largest = np.linalg.eigvalsh(shares)[:, -1]
    suspects = np.flatnonzero(largest + np.partition(largest, -1)[-1] >= 1.0 - SINGULAR)
    for i, p in enumerate(suspects):
        others = suspects[i + 1 :]
        close = others[largest[p] + largest[others] >= 1.0 - SINGULAR]
        if largest[p] >= 1.0 - SINGULAR:
            return False
        if len(close) and np.linalg.eigvalsh(shares[p] + shares[close])[:, -1].max() >= 1.0 - SINGULAR:
            return False
    return True


def _why_nothing(covariate: Covariate, patients: PatientRows) -> str:
    values = covariate.values
    if not np.issubdtype(values.dtype, np.number):
        names = np.unique(np.asarray(values, dtype=str))
        if len(names) > 1 and len(np.unique(_levels(np.asarray(values, dtype=str), patients))) == 1:
            return (
                f"{covariate.name} adds nothing to the covariates: each of its {len(names)} classes has fewer than "
                f"{FEWEST_PATIENTS_A_LEVEL} patients."
            )
    return f"{covariate.name} adds nothing to the covariates: it is constant or told by the others."


def _columns(covariate: Covariate, patients: PatientRows) -> Iterator[tuple[FloatArray, str]]:
    values = covariate.values
    if len(values) != len(patients.number):
        raise BadTable(
            f"covariate {covariate.name!r} has {len(values)} values for {len(patients.number)} studies; give one each."
        )
    if np.issubdtype(values.dtype, np.number):
        yield _standardised(covariate.name, np.asarray(values, dtype=np.float64)), covariate.name
        return
    levels = _levels(np.asarray(values, dtype=str), patients)
    names, counts = np.unique(levels, return_counts=True)
    for name in names[np.argsort(counts, kind="stable")[:-1]]:  # the most frequent level is the reference
        yield (levels == name).astype(np.float64), f"{covariate.name} = {name}"


def _standardised(name: str, values: FloatArray) -> FloatArray:
    if not np.isfinite(values).all():
        raise BadTable(
            f"covariate {name!r} has {int((~np.isfinite(values)).sum())} studies without a number; fill them in, or "
            "leave these studies out."
        )
    centred = values - values.mean()
    deviation = centred.std()
    return centred / deviation if deviation > COLLINEAR * np.abs(values).max() else np.zeros_like(values)


def _levels(values: NDArray[np.str_], patients: PatientRows) -> NDArray[np.str_]:
    """Levels with rare ones pooled under the names of all of them."""
    names = np.unique(values)
    rare = [
        name for name in names.tolist() if len(np.unique(patients.number[values == name])) < FEWEST_PATIENTS_A_LEVEL
    ]
    pooled = ", ".join(rare)
    return np.array([pooled if value in rare else value for value in values.tolist()], dtype=str)
