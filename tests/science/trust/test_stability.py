import numpy as np

from backend.science.tables.patients import patient_rows
from backend.science.trust.stability import rank_stability, shift


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
