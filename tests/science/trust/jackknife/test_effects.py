import numpy as np
import pytest

from backend.science.trust.jackknife.effects import EffectEstimates, effect_of, group_means, shared_change


def test_the_shared_change_is_the_median_relative_change_of_decodable_features():
    pre = np.array([0.01, *np.linspace(0.1, 0.5, 11)])
    ft = np.array([0.9, *(pre[1:] * np.array([0.5] * 4 + [0.8] * 3 + [1.5] * 4))])
    assert shared_change(pre, ft) == pytest.approx(-0.2)


def test_without_ten_decodable_features_the_effect_is_the_difference():
    pre, ft = np.full(9, 0.3), np.full(9, 0.4)
    assert np.isnan(shared_change(pre, ft))
    np.testing.assert_allclose(effect_of(pre, ft, float("nan")), 0.1)


def test_effects_of_runs_and_of_deletions_take_their_own_shared_change():
    rng = np.random.default_rng(0)
    r2, deleted = rng.uniform(0.1, 0.5, (3, 12)), rng.uniform(0.1, 0.5, (3, 7, 12))
    found = EffectEstimates.of(r2, deleted)
    for t in (1, 2):
        expected = effect_of(r2[0], r2[t], shared_change(r2[0], r2[t]))
        np.testing.assert_allclose(found.effect.by_run[t - 1], expected)
    for j in range(7):
        both = [effect_of(deleted[0, j], deleted[t, j], shared_change(deleted[0, j], deleted[t, j])) for t in (1, 2)]
        np.testing.assert_allclose(found.effect.deleted[j], np.mean(both, axis=0))
    np.testing.assert_allclose(found.effect.value, found.effect.by_run.mean(axis=0))
    np.testing.assert_allclose(found.delta_r2.value, r2[1:].mean(axis=0) - r2[0])
    np.testing.assert_allclose(found.delta_r2.deleted, deleted[1:].mean(axis=0) - deleted[0])


def test_a_deletion_without_ten_decodable_features_takes_the_shared_change_of_all():
    r2 = np.array([np.full(12, 0.4), np.full(12, 0.2)])
    deleted = np.stack([np.stack([np.full(12, 0.4), np.zeros(12)]), np.stack([np.full(12, 0.3), np.full(12, 0.1)])])
    found = EffectEstimates.of(r2, deleted)
    np.testing.assert_allclose(found.shared.deleted[:, 0], [-0.25, -0.5])
    np.testing.assert_allclose(found.effect.deleted, [[0.0] * 12, [0.1] * 12], atol=1e-15)


def test_groups_are_plain_means():
    values = np.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(group_means(values, [np.array([0, 5]), np.array([1])]), [[2.5, 1], [8.5, 7]])
