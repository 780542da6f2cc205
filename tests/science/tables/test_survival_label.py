"""Survival as one number: hand-made examples, and the slope of a Cox likelihood as an oracle."""

import numpy as np
import pytest

from backend.science.tables.survival_label import martingale_residuals


def test_a_hand_made_example_with_a_tie_and_a_censored_study() -> None:
    found = martingale_residuals([2, 5, 5, 7, 9], [True, True, True, False, True])
    first, second, third = 1 / 5, 1 / 5 + 2 / 4, 1 / 5 + 2 / 4 + 1 / 1
    np.testing.assert_allclose(found, [1 - first, 1 - second, 1 - second, -second, 1 - third])


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_slope_of_the_cox_likelihood_where_all_risks_are_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time, event = rng.integers(1, 12, size=40).astype(float), rng.random(40) < 0.6

    def likelihood(risk: np.ndarray) -> float:
        """Breslow's log partial likelihood, written out."""
        parts = [risk[i] - np.log(np.exp(risk[time >= time[i]]).sum()) for i in range(40) if event[i]]
        return float(np.sum(parts))

    step = 1e-6
    slope = [(likelihood(step * row) - likelihood(-step * row)) / (2 * step) for row in np.eye(40)]
    found = martingale_residuals(time.tolist(), event.tolist())
    np.testing.assert_allclose(found, slope, atol=1e-7)
    assert abs(found.sum()) < 1e-12


def test_nothing_gives_nothing() -> None:
    assert martingale_residuals([], []).shape == (0,)
