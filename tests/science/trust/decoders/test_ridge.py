import numpy as np
import pytest

from backend.science.trust.decoders.ridge import PENALTIES, Kernel, choose_penalty, gram


def primal(x_train, y_train, x_test, penalty, weights=None):
    """Textbook weighted ridge with an unpenalised intercept, by normal equations in d dimensions."""
    w = np.ones(len(x_train)) if weights is None else weights
    mean_x, mean_y = np.average(x_train, axis=0, weights=w), np.average(y_train, axis=0, weights=w)
    a = (x_train - mean_x) * np.sqrt(w)[:, None]
    strength = penalty * np.trace(a @ a.T) / w.sum()
    beta = np.linalg.solve(a.T @ a + strength * np.eye(a.shape[1]), a.T @ ((y_train - mean_y) * np.sqrt(w)[:, None]))
    return (x_test - mean_x) @ beta + mean_y


@pytest.mark.parametrize(("n", "d"), [(60, 10), (30, 80)])
@pytest.mark.parametrize("penalty", [1e-3, 0.5, 100.0])
def test_the_dual_fit_equals_the_primal_one(n, d, penalty):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, d)) + 3, rng.normal(size=(n, 4))
    train, test = np.arange(n // 3, n), np.arange(n // 3)
    hat = Kernel.split(gram(x), train, test).hat(penalty)
    mean = y[train].mean(axis=0)
    np.testing.assert_allclose(hat @ (y[train] - mean) + mean, primal(x[train], y[train], x[test], penalty), atol=1e-9)


def test_counts_equal_repeated_rows():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, 12)), rng.normal(size=(30, 3))
    train, test, count = np.arange(8, 30), np.arange(8), rng.integers(1, 4, 22)
    again = np.repeat(train, count)
    mean = y[again].mean(axis=0)
    weighted = Kernel.split(gram(x), train, test, count).hat(0.3) @ (y[train] - mean)
    repeated = Kernel.split(gram(x), again, test).hat(0.3) @ (y[again] - mean)
    np.testing.assert_allclose(weighted, repeated, atol=1e-12)
    np.testing.assert_allclose(weighted + mean, primal(x[again], y[again], x[test], 0.3), atol=1e-10)


def test_scale_rotation_and_offset_of_the_embedding_change_nothing():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 15))
    turn, _ = np.linalg.qr(rng.normal(size=(15, 15)))
    for other in (x * 7.3, x @ turn, x + 100 * rng.normal(size=15)):
        np.testing.assert_allclose(gram(other), gram(x), atol=1e-11)


def test_the_penalty_is_the_one_of_least_generalised_cross_validation_error():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(50, 20))
    y = x @ rng.normal(size=(20, 5)) + 8 * rng.normal(size=(50, 5))
    y -= y.mean(axis=0)
    rows = np.arange(50)
    kernel = Kernel.split(gram(x), rows, rows)
    errors = []
    for penalty in PENALTIES:
        hat = kernel.hat(penalty)
        errors.append(50 * ((y - hat @ y) ** 2).sum() / (50 - 1 - np.trace(hat)) ** 2)
    assert choose_penalty([kernel], y) == PENALTIES[np.argmin(errors)]
    assert 0 < np.argmin(errors) < len(PENALTIES) - 1


def test_a_constant_embedding_predicts_the_mean():
    x = np.ones((12, 4))
    hat = Kernel.split(gram(x), np.arange(8), np.arange(8, 12)).hat(0.5)
    assert not hat.any()
    assert choose_penalty([Kernel.split(gram(x), np.arange(8), np.arange(8, 12))], np.eye(8)) in PENALTIES
