import numpy as np
import pytest

from backend.science.trust.erasure.concepts import group_components, permuted_concepts, random_concepts
from backend.science.trust.erasure.control_level import matched
from backend.science.trust.jackknife.patients import PatientRows


def test_a_group_of_one_factor_is_one_component():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(80, 1))
    found = group_components(factor + 0.3 * rng.normal(size=(80, 12)))
    assert found.shape == (80, 1)
    assert abs(np.corrcoef(found[:, 0], factor[:, 0])[0, 1]) > 0.95
    assert group_components(rng.normal(size=(80, 12))).shape == (80, 3)
    assert group_components(rng.normal(size=(80, 1))).shape == (80, 1)
    np.testing.assert_allclose(np.square(found).mean(axis=0), 1)


def test_permuted_concepts_are_those_of_other_patients_as_a_whole():
    ids = [f"p{i // 2}" for i in range(40)]
    own = np.arange(40.0)[:, None, None] + 1000 * np.arange(3)[None, :, None] + np.array([0.0, 0.5])
    found = permuted_concepts(own, PatientRows.of(ids).as_lists(), 30, 0)
    assert found.shape == (40, 30, 2)
    for number in range(30):
        row, concept = found[:, number, 0] % 1000, found[:, number, 0] // 1000
        assert len(set(concept)) == 1  # one feature
        assert sorted(row) == list(range(40))
        assert ((row // 2).reshape(20, 2) == (row // 2).reshape(20, 2)[:, :1]).all()  # both studies of a patient
        np.testing.assert_array_equal(found[:, number, 1] - found[:, number, 0], 0.5)
    assert len({tuple(one) for one in found[:, :, 0].T.tolist()}) == 30


def test_random_concepts_are_readings_of_the_embedding_over_a_range_of_variances():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 10)) * 0.6 ** np.arange(10) + 4
    found = random_concepts(x, 2, 50, 0).reshape(60, 100)
    centred = x - x.mean(axis=0)
    weights = np.linalg.lstsq(centred, found, rcond=None)[0]
    np.testing.assert_allclose(centred @ weights, found, atol=1e-10)
    on_largest = np.square(np.corrcoef(np.hstack([centred[:, :1], found]).T)[0, 1:])
    assert on_largest.min() < 0.05
    assert on_largest.max() > 0.95


def test_controls_are_matched_by_erased_variance():
    rng = np.random.default_rng(0)
    removed = rng.permutation(400) / 400
    level = matched(np.array([0.0, 0.5, 2.0]), removed, 10 * removed)
    np.testing.assert_allclose(level.mean, [10 * 49.5 / 400, 10 * 199.5 / 400, 10 * 349.5 / 400], atol=0.03)
    assert level.high == pytest.approx(level.mean + 10 * 0.45 * 99 / 400, abs=1e-9)
    few = matched(np.array([0.5]), removed[:4], removed[:4])
    assert np.isfinite(few.mean).all()
