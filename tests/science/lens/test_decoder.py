import numpy as np
import pytest

from backend.science.lens.decoder import importance, live_units, solve


def projected(n, hidden, seed=0):
    rng = np.random.default_rng(seed)
    return np.maximum(rng.normal(size=(n, hidden)), 0), rng.normal(size=(n, 40))


@pytest.mark.parametrize(("n", "hidden"), [(200, 64), (64, 64), (100, 512), (50, 20)])
def test_theta_equals_the_pseudo_inverse(n, hidden):
    Z, R = projected(n, hidden)
    np.testing.assert_allclose(solve(Z, R).theta, (np.linalg.pinv(Z) @ R).T, rtol=0, atol=1e-8)


def test_dead_and_repeated_units_do_not_break_it():
    Z, R = projected(100, 32)
    Z[:, :8] = 0
    Z[:, 9] = Z[:, 10]
    decoder = solve(Z, R)
    np.testing.assert_allclose(decoder.theta, (np.linalg.pinv(Z) @ R).T, rtol=0, atol=1e-8)
    assert decoder.rank == 23
    assert decoder.condition_number < 1e3
    assert live_units(Z) == 24
    np.testing.assert_allclose(decoder.theta[:, :8], 0, atol=1e-13)


def test_more_units_than_studies_reproduce_the_training_values():
    Z, R = projected(100, 512)
    decoder = solve(Z, R)
    assert decoder.rank == 100
    np.testing.assert_allclose(decoder.predict(Z), R, atol=1e-8)


def test_a_bias_is_the_extra_column_of_ones():
    Z, R = projected(80, 16)
    decoder = solve(Z, R + 5, bias=True)
    oracle = np.linalg.pinv(np.hstack([Z, np.ones((80, 1))])) @ (R + 5)
    np.testing.assert_allclose(decoder.theta, oracle[:-1].T, atol=1e-8)
    np.testing.assert_allclose(decoder.intercept, oracle[-1], atol=1e-8)
    assert (solve(Z, R).intercept == 0).all()


def test_a_projection_without_any_live_unit_decodes_nothing():
    decoder = solve(np.zeros((30, 4)), np.ones((30, 2)))
    assert decoder.rank == 0
    assert (decoder.theta == 0).all()


def test_condition_number_is_the_ratio_of_singular_values():
    assert solve(np.diag([8.0, 4.0, 2.0]), np.eye(3)).condition_number == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("smallest", "kept"), [(1e-2, True), (1e-5, True), (1e-9, True), (1e-12, True), (1e-16, False)]
)
def test_weak_directions_count_until_rounding_hides_them(smallest, kept):
    """Z is built from its singular values, so theta is known without a decomposition."""
    rng = np.random.default_rng(3)
    U, V = (np.linalg.qr(rng.normal(size=(rows, 6)))[0] for rows in (120, 6))
    s = np.array([1, 0.5, 0.2, 0.1, 0.05, smallest])
    weights = rng.normal(size=(4, 6))  # of each target along the left singular vectors
    decoder = solve((U * s) @ V.T, U @ weights.T)
    used = s > (smallest if not kept else 0)
    assert decoder.rank == used.sum()
    assert decoder.condition_number == pytest.approx(1 / s[used][-1], rel=1e-3)
    oracle = (weights[:, used] / s[used]) @ V.T[used]
    np.testing.assert_allclose(decoder.theta, oracle, rtol=1e-3 if kept else 1e-9, atol=1e-9)


def test_importance_is_the_length_of_a_features_weights():
    np.testing.assert_array_equal(importance(np.array([[3.0, 4.0], [0.0, 0.0]])), [5.0, 0.0])
