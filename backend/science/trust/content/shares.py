"""Which share of the axes' variance others explain: radiomics, a covariate, or both, above chance and held out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.chance import chance_error, within_patient_correlation
from backend.science.trust.jackknife.covariates import Covariate, CovariateBasis, covariate_basis
from backend.science.trust.jackknife.deletion import deleted_squared_errors
from backend.science.trust.jackknife.held_out import held_out_errors, squared_error
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from backend.science.trust.jackknife.standard_error import interval, jackknife_variance
from backend.science.types import FloatArray


@dataclass(frozen=True, slots=True)
class Share:
    """A share of variance and its 95 % interval over patients, not cut to [0, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AxisVariance:
    """The variance along q axes (q,), and without each patient (P, q): it differs between cohorts, too."""

    whole: FloatArray
    deleted: FloatArray

    @classmethod
    def of(cls, scores: FloatArray, patients: PatientRows) -> "AxisVariance":
        """From scores (n, q)."""
        own = np.zeros((len(patients), scores.shape[1]))
        np.add.at(own, patients.number, np.square(scores))
        whole = own.sum(axis=0)
        return cls(whole, whole - own)

    @classmethod
    def equal(cls, count: int) -> "AxisVariance":
        """Of one axis alone."""
        return cls(np.ones(1), np.ones((count, 1)))


@dataclass(frozen=True, slots=True)
class Explained:
    """R2 above chance of the scores along q axes (q,), of all patients and without each patient (P, q)."""

    r2: FloatArray
    deleted: FloatArray

    def share(self, variance: "AxisVariance") -> Share:
        """The mean over axes, weighted by their variance."""
        value = np.array([self.r2 @ variance.whole / variance.whole.sum()])
        deleted = (self.deleted * variance.deleted).sum(axis=1) / variance.deleted.sum(axis=1)
        low, high = interval(value, np.sqrt(jackknife_variance(deleted[:, None])))
        return Share(float(value[0]), float(low[0]), float(high[0]))

    def of_axis(self, number: int) -> Share:
        """The share of one axis."""
        return Explained(self.r2[[number]], self.deleted[:, [number]]).share(AxisVariance.equal(len(self.deleted)))

    def together(self, partial: "Explained") -> "Explained":
        """Both, of `partial` given this: 1 - (1 - r2)(1 - partial r2)."""
        return Explained(
            1.0 - (1.0 - self.r2) * (1.0 - partial.r2), 1.0 - (1.0 - self.deleted) * (1.0 - partial.deleted)
        )


def by_radiomics(
    features: FloatArray, scores: FloatArray, given: Sequence[Covariate], patients: PatientRows
) -> Explained:
    """What normal scores of features (n, K) explain of scores (n, q), given covariates: the partial R2.

    Every axis has a penalty of its own: one that nothing explains would take the others along.
    """
    basis = covariate_basis(given, patients)
    fits = [fit_stages([features], score[:, None], basis, patients) for score in scores.T]
    return Explained(np.concatenate([fit.r2[0] for fit in fits]), np.hstack([fit.deleted[0] for fit in fits]))


def by_covariate(covariate: Covariate, scores: FloatArray, patients: PatientRows) -> Explained:
    """What one column explains by least squares; nothing where it is constant or rests on one or two patients."""
    plain, wider = covariate_basis((), patients), covariate_basis((covariate,), patients)
    correlation = within_patient_correlation(plain.residual(scores), patients)
    expected = _expected(wider, patients, correlation) / _expected(plain, patients, correlation)
    whole, deleted = (
        of_wider / of_plain
        for of_wider, of_plain in zip(_errors(wider, scores, patients), _errors(plain, scores, patients), strict=True)
    )
    return Explained(1.0 - whole / expected, 1.0 - deleted / expected)


def _expected(basis: CovariateBasis, patients: PatientRows, correlation: float) -> float:
    return chance_error(basis.residual_matrix(), patients, correlation)


def _errors(basis: CovariateBasis, scores: FloatArray, patients: PatientRows) -> tuple[FloatArray, FloatArray]:
    matrix = basis.residual_matrix()
    whole = squared_error(held_out_errors(matrix, scores, patients))
    return whole, deleted_squared_errors(matrix, matrix @ scores, patients)
