import numpy as np
import pytest

from backend.science.trust.jackknife.covariates import covariate_basis
from backend.science.trust.jackknife.floor import floor_of, permuted_r2
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from backend.science.trust.permutation_floor import permuted_rows
from tests.science.trust.jackknife.cohorts import patients as ids_of


@pytest.mark.parametrize("repeats", [0, 12])
def test_the_floor_is_the_r2_of_permuted_patients_with_the_same_matrices(repeats):
    rng = np.random.default_rng(0)
    patients = PatientRows.of(ids_of(50, repeats))
    stages, targets = [rng.normal(size=(50, 20)) for _ in range(3)], rng.normal(size=(50, 6))
    basis = covariate_basis([], patients)
    fit = fit_stages(stages, targets, basis, patients)
    values = permuted_r2(fit, patients, seed=4)
    assert values.shape == (20, 2, 6)
    rows = permuted_rows(patients.as_lists(), 50, 4, 3)
    again = fit_stages(stages, targets[rows], basis, patients, fit.penalty)
    raw = again.r2 * (1 - again.chance[:, None]) + again.chance[:, None]
    expected = (raw - fit.chance[:, None]) / (1 - fit.chance[:, None])  # the chance level stays
    np.testing.assert_allclose(values[3], [expected[0], expected[1:].mean(axis=0)], atol=1e-5)


def test_the_95th_percentile_of_the_better_stage_never_below_zero():
    values = np.zeros((20, 2, 5))
    values[:, 1] = np.linspace(0, 1, 100).reshape(20, 5)
    assert floor_of(values) == pytest.approx(0.95)
    assert floor_of(values - 2) == 0.0
