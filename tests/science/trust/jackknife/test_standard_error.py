import numpy as np
import pytest
from scipy.stats import norm

from backend.science.trust.jackknife.effects import Estimate
from backend.science.trust.jackknife.standard_error import (
    influence,
    interval,
    jackknife_variance,
    run_variance,
    standard_error,
    two_sided_p,
)


def test_the_jackknife_of_a_mean_is_its_textbook_variance():
    values = np.random.default_rng(0).normal(size=(25, 3))
    deleted = (values.sum(axis=0) - values) / 24
    np.testing.assert_allclose(jackknife_variance(deleted), values.var(axis=0, ddof=1) / 25)
    np.testing.assert_allclose(influence(deleted), (values.mean(axis=0) - values) / 24)


def test_the_jackknife_counts_a_degenerate_statistic_of_order_two_twice():
    n, draws = 30, np.random.default_rng(1).normal(size=(4000, 30))
    total, squares = draws.sum(axis=1, keepdims=True), np.square(draws).sum(axis=1, keepdims=True)
    pairs = (total**2 - squares)[:, 0] / (n * (n - 1))  # mean of x_i x_j over pairs: no linear part
    deleted = ((total - draws) ** 2 - (squares - draws**2)) / ((n - 1) * (n - 2))
    assert jackknife_variance(deleted.T).mean() / pairs.var() == pytest.approx(2.0, abs=0.35)


def test_half_of_a_run_variance_is_borrowed_from_all_features():
    by_run = np.array([[0.0, 1.0], [2.0, 1.0]])
    np.testing.assert_allclose(run_variance(by_run), [1.5, 0.5])
    assert run_variance(by_run[:1]).tolist() == [0, 0]


def test_the_error_of_a_mean_over_runs_holds_patients_and_runs():
    estimate = Estimate(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([[1.0, 1.0], [1.5, 1.0], [0.5, 1.0]]))
    patients = 2 / 3 * np.array([0.5, 0.0])
    np.testing.assert_allclose(standard_error(estimate), np.sqrt(patients / 2 + np.array([1.5, 0.5]) / 2))
    np.testing.assert_allclose(standard_error(estimate, 0.8), np.sqrt(0.8 * patients + np.array([1.5, 0.5]) / 2))


def test_p_and_interval():
    value, se = np.array([0.1, -0.2, 0.3, 0.0]), np.array([0.05, 0.1, 0.0, 0.0])
    np.testing.assert_allclose(two_sided_p(value, se), [2 * norm.sf(2), 2 * norm.sf(2), 0, 1])
    low, high = interval(value, se)
    np.testing.assert_allclose((high - low)[:2], 2 * norm.ppf(0.975) * se[:2])
