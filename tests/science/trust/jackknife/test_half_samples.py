import numpy as np

from backend.science.trust.jackknife.half_samples import variance_ratio
from backend.science.trust.jackknife.patients import PatientRows
from tests.science.trust.jackknife.cohorts import GROUPS, patients, simulate


def ratios(n, **planted):
    x_pre, x_ft, features, groups = simulate(n=n, k=24, d=12, **planted)
    at = [np.flatnonzero(np.array(groups) == name) for name in GROUPS]
    return variance_ratio([x_pre, *x_ft], features, [], PatientRows.of(patients(n)), 0.1, at, seed=0)


def test_up_to_300_patients_the_ratio_is_one_half():
    assert ratios(300) == (0.5, 0.5)


def test_above_it_is_measured_repeatably_and_stays_within_one_half_and_one():
    measured = ratios(320, after=(1, 4, 0.2, 1, 1, 1))
    assert measured == ratios(320, after=(1, 4, 0.2, 1, 1, 1))
    assert all(0.5 <= ratio <= 1 for ratio in measured)
    assert max(measured) > 0.5


def test_without_any_change_there_is_no_variance_to_compare():
    x, _, features, groups = simulate(n=310, k=24, d=12)
    at = [np.flatnonzero(np.array(groups) == name) for name in GROUPS]
    assert variance_ratio([x, x], features, [], PatientRows.of(patients(310)), 0.1, at, seed=0) == (0.5, 0.5)
