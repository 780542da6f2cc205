import numpy as np
import pytest
from scipy.stats import norm

from backend.science.trust.effect_tests import (
    classify_effects,
    effect_of,
    means_over,
    replicate_effects,
    shared_change,
)


def test_b_is_the_median_relative_change_of_decodable_features():
    pre = np.array([0.01, *np.linspace(0.1, 0.5, 11)])
    ft = np.array([0.9, *(pre[1:] * np.array([0.5] * 4 + [0.8] * 3 + [1.5] * 4))])
    assert shared_change(np.array([pre, ft])) == pytest.approx(-0.2)


def test_b_needs_ten_decodable_features_and_without_it_the_effect_is_the_difference():
    r2 = np.array([np.full(9, 0.3), np.full(9, 0.4)])
    assert np.isnan(shared_change(r2))
    np.testing.assert_allclose(effect_of(r2, shared_change(r2)), 0.1)


def test_the_effect_is_what_a_feature_did_beyond_the_shared_change():
    r2 = np.array([[0.2, 0.4], [0.1, 0.4]])
    np.testing.assert_array_equal(effect_of(r2, -0.5), (r2[1] - r2[0]) - -0.5 * r2[0])


def test_replicates_take_b_anew_or_the_full_runs_where_they_have_none():
    many = np.array([np.full(12, 0.4), np.full(12, 0.2)])
    none = np.array([np.full(12, 0.0), np.full(12, 0.1)])
    effects, shared = replicate_effects(np.stack([many, none]), b=-0.3)
    np.testing.assert_allclose(shared, [-0.5, -0.3])
    np.testing.assert_allclose(effects[0], 0.0, atol=1e-15)
    plain, _ = replicate_effects(np.stack([many, none]), b=float("nan"))
    np.testing.assert_allclose(plain[0], -0.2)


def test_q_values_by_hand():
    p = np.array([0.01, 0.04, 0.03, 0.5])
    draws = np.array([[-1.0], [1.0]]) / np.sqrt(2) * np.ones(4)  # a standard error of 1
    found = classify_effects(norm.isf(p / 2), draws, np.ones(4), 0.0)
    np.testing.assert_allclose(found.p, p)
    np.testing.assert_allclose(found.q, [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])
    assert classify_effects(np.zeros(3), draws[:, :3], np.ones(3), 0.0).q.tolist() == [1, 1, 1]


def test_errors_and_p_are_those_of_the_replicates():
    draws = np.random.default_rng(0).normal(0.1, 0.05, (200, 3))
    found = classify_effects(np.array([0.1, -0.2, 0.0]), draws, np.ones(3), 0.0)
    se = np.std(draws, axis=0, ddof=1)
    np.testing.assert_allclose(found.se, se)
    np.testing.assert_allclose(found.p, 2 * norm.sf(np.abs([0.1, -0.2, 0.0]) / se))
    np.testing.assert_allclose(found.high - found.low, 2 * norm.ppf(0.975) * se)


def flag_of(effect, se, best=0.5, floor=0.05):
    draws = effect + se * np.array([[-1.0], [1.0]]) / np.sqrt(2)
    return classify_effects(np.array([effect]), draws, np.array([best]), floor).flag[0]


@pytest.mark.parametrize(
    ("effect", "se", "best", "flag"),
    [
        (0.20, 0.03, 0.5, "stronger"),
        (-0.20, 0.03, 0.5, "weaker"),
        (0.029, 1e-9, 0.5, "unchanged"),  # beyond chance but within the margin
        (1e-9, 1e-12, 0.5, "unchanged"),  # rounding noise of a rotation
        (0.04, 0.03, 0.5, "unchanged"),
        (0.04, 0.08, 0.5, "underpowered"),
        (0.20, 0.03, 0.04, "not_decodable"),
    ],
)
def test_flags(effect, se, best, flag):
    assert flag_of(effect, se, best) == flag


def test_no_change_and_no_error_is_unchanged():
    found = classify_effects(np.zeros(2), np.zeros((5, 2)), np.ones(2), 0.0)
    assert found.p.tolist() == found.q.tolist() == [1, 1]
    assert found.flag.tolist() == ["unchanged"] * 2


def test_means_over_groups():
    values = np.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(means_over(values, [np.array([0, 5]), np.array([1])]), [[2.5, 1], [8.5, 7]])
