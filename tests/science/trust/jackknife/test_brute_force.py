"""Flags, cohort by cohort, against an implementation that refits everything."""

import numpy as np
import pytest

from backend.science.trust.jackknife.decoding_change import decoding_change
from tests.science.trust.jackknife.brute_force import BruteForce
from tests.science.trust.jackknife.cohorts import patients, simulate

COHORTS = [
    (46, 0, (1, 3, 0.2, 1, 1, 1), 0.5),
    (84, 2, (1, 2.0, 0.4, 1, 1, 1), 0.9),
    (84, 7, (0.2, 0.8, 0.2, 0.2, 0.2, 0.2), 1.0),
]


@pytest.mark.parametrize(("n", "seed", "after", "noise"), COHORTS)
def test_flags_equal_those_of_refitting_everything(n, seed, after, noise):
    x_pre, x_ft, features, groups = simulate(n=n, k=48, d=20, seed=seed, after=after, noise=noise)
    found = decoding_change(x_pre, x_ft, features, patients(n), groups)
    expected = BruteForce(x_pre, x_ft[0], features, groups)
    assert found.penalty == expected.penalty
    assert list(found.group_names) == expected.names
    np.testing.assert_allclose([found.features.r2_pre, found.features.r2_ft], expected.r2, atol=1e-10)
    np.testing.assert_allclose(found.features.effect.value, expected.effect, atol=1e-10)
    np.testing.assert_allclose(found.features.se, expected.se, atol=1e-10)
    np.testing.assert_allclose(found.groups.q, expected.group_q, rtol=1e-7)
    if n >= 80:
        np.testing.assert_allclose(found.shrunken.value, expected.shrunken, atol=1e-10)
    assert found.groups.flag.tolist() == expected.group_flag
    assert found.features.flag.tolist() == expected.feature_flag


def test_the_cohorts_hold_the_flags_that_are_compared():
    """Else the comparison above would say little."""
    words = set()
    for n, seed, after, noise in COHORTS:
        x_pre, x_ft, features, groups = simulate(n=n, k=48, d=20, seed=seed, after=after, noise=noise)
        words |= set(decoding_change(x_pre, x_ft, features, patients(n), groups).features.flag.tolist())
    assert words >= {"stronger", "probable_stronger", "weaker", "kept", "unchanged", "underpowered", "not_decodable"}
