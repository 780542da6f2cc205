import numpy as np

from backend.science.lens.decoder import importance, solve
from backend.science.lens.projection import ProjectionSettings, fit_projection
from backend.science.tables.patients import patient_rows, split_patients
from backend.science.trust.projection_swap import swapped_importance
from tests.science.trust.cohorts import FEATURES, planted

MODALITY = [feature.modality for feature in FEATURES]


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
