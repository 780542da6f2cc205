import numpy as np
import pytest

from backend.science.trust.jackknife.chance import chance_error, within_patient_correlation
from backend.science.trust.jackknife.covariates import covariate_basis
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.residual_basis import ResidualBasis
from backend.science.trust.jackknife.stage_fit import fit_stages
from tests.science.trust.jackknife.cohorts import patients as ids_of


def explicit_error(matrix, ids, covariance):
    total = 0.0
    for name in set(ids):
        rows = np.flatnonzero(np.array(ids) == name)
        predictor = np.linalg.solve(matrix[np.ix_(rows, rows)], matrix[rows])
        total += np.trace(predictor @ covariance @ predictor.T)
    return total


@pytest.mark.parametrize("repeats", [0, 10])
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_chance_error_is_the_expected_squared_error_of_noise(repeats, rho):
    ids = ids_of(30, repeats)
    patients = PatientRows.of(ids)
    x = np.random.default_rng(0).normal(size=(30, 8))
    matrix = ResidualBasis.of(x, covariate_basis([], patients)).matrix(0.2)
    same = np.array(ids)[:, None] == np.array(ids)
    covariance = np.where(same, rho, 0.0) + (1 - rho) * np.eye(30)
    assert chance_error(matrix, patients, rho) == pytest.approx(explicit_error(matrix, ids, covariance), rel=1e-12)


@pytest.mark.parametrize("repeats", [0, 24])
def test_pure_noise_is_at_chance_on_average_although_its_plain_r2_is_below_zero(repeats):
    rng = np.random.default_rng(3)
    ids = ids_of(60, repeats)
    patients = PatientRows.of(ids)
    stages = [rng.normal(size=(60, 30)) for _ in range(2)]
    noise = np.sqrt(0.7) * rng.normal(size=(60, 4000))[patients.number] + np.sqrt(0.3) * rng.normal(size=(60, 4000))
    fit = fit_stages(stages, noise, covariate_basis([], patients), patients, penalty=0.1)
    assert np.all(fit.chance < -0.1)
    np.testing.assert_allclose(fit.r2.mean(axis=1), 0, atol=0.02)


def test_correlation_of_repeated_studies():
    rng = np.random.default_rng(1)
    patients = PatientRows.of([f"p{i // 2}" for i in range(200)])
    values = np.sqrt(0.6) * rng.normal(size=(200, 300))[patients.number] + np.sqrt(0.4) * rng.normal(size=(200, 300))
    assert within_patient_correlation(values - values.mean(axis=0), patients) == pytest.approx(0.6, abs=0.03)
    alone = PatientRows.of([f"p{i}" for i in range(200)])
    assert within_patient_correlation(values, alone) == 0.0
