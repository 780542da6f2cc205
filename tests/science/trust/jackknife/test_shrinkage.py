import numpy as np

from backend.science.trust.jackknife.effects import Estimate
from backend.science.trust.jackknife.shrinkage import relative_r2, shrink


def explicit(e, deleted, r2):
    """The formulas of the docstring for one group and one run, feature by feature."""
    m, count = len(e), len(deleted)
    a = r2 / r2.mean()

    def variance(values):
        return (count - 1) / count * sum((value - np.mean(values)) ** 2 for value in values) / 2

    dev = [e[k] - a[k] * e.mean() for k in range(m)]
    noise = np.mean([variance([row[k] - a[k] * row.mean() for row in deleted]) for k in range(m)])
    tau2 = max(0.0, (np.mean(np.square(dev)) - noise) * m / (m - 1))
    w = tau2 / (tau2 + noise)
    theta = [w * e[k] + (1 - w) * a[k] * e.mean() for k in range(m)]
    own = [variance([w * row[k] + (1 - w) * a[k] * row.mean() for row in deleted]) for k in range(m)]
    return np.array(theta), np.sqrt(np.array(own) + (1 - w) ** 2 * tau2), w


def test_the_shrunken_effect_follows_its_formulas():
    rng = np.random.default_rng(0)
    e, r2 = rng.normal(0.1, 0.05, 8), rng.uniform(0.1, 0.4, 8)
    deleted = e + 0.005 * rng.normal(size=(90, 8))
    at = (np.array([0, 2, 4, 6, 7]), np.array([1, 3, 5]))
    found = shrink(Estimate(e[None], deleted), r2, at, 0.5)
    weights = []
    for group in at:
        theta, se, w = explicit(e[group], deleted[:, group], r2[group])
        weights.append(w)
        np.testing.assert_allclose(found.value[group], theta)
        np.testing.assert_allclose(found.se[group], se)
    assert all(0 < w < 1 for w in weights)


def test_equal_features_with_large_errors_take_the_effect_of_the_group():
    e, r2 = np.array([0.09, 0.1, 0.11]), np.full(3, 0.3)
    deleted = e + 0.05 * np.random.default_rng(1).normal(size=(90, 3))
    found = shrink(Estimate(e[None], deleted), r2, [np.arange(3)], 0.5)
    np.testing.assert_allclose(found.value, 0.1)


def test_a_group_of_one_feature_and_unchanged_embeddings_keep_the_plain_effect():
    e = np.array([0.2, 0.0, 0.0])
    found = shrink(Estimate(e[None], np.tile(e, (90, 1))), np.full(3, 0.2), [np.array([0]), np.array([1, 2])], 0.5)
    np.testing.assert_array_equal(found.value, e)
    np.testing.assert_allclose(found.se, 0, atol=1e-14)


def test_a_feature_below_chance_does_not_turn_the_effect_of_its_group_around():
    np.testing.assert_allclose(relative_r2(np.array([0.3, 0.6, -0.1])), [0.3 / (0.8 / 3), 0.6 / (0.8 / 3), 0])
    assert relative_r2(np.array([-0.1, 0.1])).tolist() == [1, 1]
