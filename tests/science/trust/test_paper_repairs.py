import numpy as np
import pytest

from backend.science.lens.decoder import importance, solve
from backend.science.lens.projection import ProjectionSettings, fit_projection
from backend.science.tables.patients import patient_rows, split_patients
from backend.science.trust.explained_sd import explained_sd
from backend.science.trust.projection_swap import swapped_importance
from backend.science.trust.stability import rank_stability, shift
from tests.science.trust.cohorts import FEATURES, planted

MODALITY = [feature.modality for feature in FEATURES]


def test_explained_sd_is_the_root_of_r2_of_a_strong_signal_and_free_of_scale():
    rng = np.random.default_rng(0)
    z = np.maximum(rng.normal(size=(400, 6)), 0)
    signal = z @ rng.normal(size=(6, 3))
    r = np.column_stack([signal, rng.normal(size=400)])
    found = explained_sd(z, r)
    np.testing.assert_allclose(found[:3], 1, atol=0.01)
    assert found[3] < 0.2
    np.testing.assert_allclose(explained_sd(5 * z, 100 * r + 3), found, rtol=1e-8)
    np.testing.assert_allclose(explained_sd(np.column_stack([z, np.zeros(400)]), r), found, rtol=1e-12)


def test_explained_sd_equals_a_ridge_written_out():
    """Oracle: the penalised normal equations at every penalty, the one of least GCV error, and SD of the fit."""
    rng = np.random.default_rng(1)
    z, r = rng.normal(size=(60, 8)), rng.normal(size=(60, 4))
    r += z[:, :4]
    inputs, targets = (z - z.mean(axis=0)) / z.std(axis=0), (r - r.mean(axis=0)) / r.std(axis=0)
    best = None
    for penalty in np.logspace(-3, 2.5, 17):
        strength = penalty * np.trace(inputs @ inputs.T) / 60
        hat = inputs @ np.linalg.solve(inputs.T @ inputs + strength * np.eye(8), inputs.T)
        error = ((targets - hat @ targets) ** 2).sum() / (59 - np.trace(hat)) ** 2
        if best is None or error < best[0]:
            best = error, (hat @ targets).std(axis=0)
    np.testing.assert_allclose(explained_sd(z, r), best[1], rtol=1e-9)


def test_no_live_unit_explains_nothing():
    assert explained_sd(np.zeros((30, 4)), np.random.default_rng(0).normal(size=(30, 2))).tolist() == [0, 0]


def test_the_swap_solves_theta_on_patients_f_share_never_saw():
    x_pre, x_ft, r = planted(n=90)
    minmax = (r - r.min(axis=0)) / np.ptp(r, axis=0)
    patients = patient_rows([f"p{i:02d}" for i in range(90)])
    settings = ProjectionSettings(hidden=8, epochs=3)
    swap = swapped_importance(x_pre, x_ft, minmax, MODALITY, patients, settings, seed=4)
    expected = []
    for third in split_patients(patients, 3, np.random.default_rng([4, 505])):
        others = [i for i in range(90) if i not in third]
        share = fit_projection(x_ft[third], minmax[third], MODALITY, settings, 4)
        expected.append([importance(solve(share.transform(x[others]), minmax[others]).theta) for x in (x_pre, x_ft)])
    np.testing.assert_allclose([swap.i_pre, swap.i_ft], np.mean(expected, axis=0), rtol=1e-12)


def test_stages_changed_for_all_patients_alike_rank_features_stably_and_noise_does_not():
    rng = np.random.default_rng(2)
    z = rng.normal(size=(400, 5))
    r = z @ rng.normal(size=(5, 60)) + 0.05 * rng.normal(size=(400, 60))
    patients = patient_rows([f"p{i:03d}" for i in range(400)])
    steady = rank_stability(z, z * np.array([2, 1, 1, 0.5, 1]), r, patients, seed=0)
    assert steady.spearman > 0.95
    assert steady.top20_overlap > 0.8
    noise = rank_stability(z, z + 1e-3 * rng.normal(size=z.shape), rng.normal(size=(400, 60)), patients, seed=0)
    assert abs(noise.spearman) < 0.3


def test_without_any_shift_there_is_no_rank_to_compare():
    z, r = np.random.default_rng(3).normal(size=(40, 5)), np.random.default_rng(4).normal(size=(40, 6))
    found = rank_stability(z, z, r, patient_rows([str(i) for i in range(40)]), seed=0)
    assert np.isnan(found.spearman)
    assert not shift(z, z, r).any()


@pytest.mark.parametrize("count", [2, 3])
def test_parts_differ_by_one_patient_at_most(count):
    sizes = [
        len(part) for part in split_patients(patient_rows([str(i) for i in range(20)]), count, np.random.default_rng(0))
    ]
    assert max(sizes) - min(sizes) <= 1
