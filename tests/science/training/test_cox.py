"""Partial likelihood and concordance against published results and against their definitions, pair by pair."""

from itertools import product

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from backend.science.training.cox import concordance, partial_likelihood_loss


def likelihood(beta: float, x: list[float], time: list[float], event: list[int]) -> float:
    """Log partial likelihood of one covariate."""
    risk = beta * torch.tensor(x, dtype=torch.float64)
    loss = partial_likelihood_loss(risk, torch.tensor(time, dtype=torch.float64), torch.tensor(event))
    return -loss.item() * sum(event)


def drawn(seed: int, n: int = 24) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Log risks, times with many ties, and events."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=n), rng.integers(1, 8, n).astype(float), rng.random(n) < 0.6


def test_efrons_ties_give_the_published_solution() -> None:
    """Therneau and Grambsch, Modeling Survival Data, appendix E.1: one covariate, six patients, a tie."""
    x, time, event = [0.0, 1.0, 1.0, 1.0, 0.0, 0.0], [9.0, 1.0, 1.0, 6.0, 6.0, 8.0], [1, 1, 0, 1, 1, 0]
    assert likelihood(0.0, x, time, event) == pytest.approx(-4.276666, abs=1e-6)
    best = minimize_scalar(lambda beta: -likelihood(beta, x, time, event), bounds=(0, 4), method="bounded")
    assert best.x == pytest.approx(1.676857, abs=1e-5)


def efron_by_definition(risk: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.bool_]) -> float:
    """Sum over event times: of each of d tied events the log of the followed, less l / d of the tied."""
    total = 0.0
    for at in np.unique(time[event]):
        tied = np.exp(risk[event & (time == at)])
        followed = np.exp(risk[time >= at]).sum()
        total += np.log(tied).sum() - sum(
            np.log(followed - place / len(tied) * tied.sum()) for place in range(len(tied))
        )
    return -total / event.sum()


@pytest.mark.parametrize("seed", range(5))
def test_the_likelihood_is_the_definition_and_its_gradient_the_finite_difference(seed: int) -> None:
    risk, time, event = drawn(seed)
    given = torch.tensor(risk, requires_grad=True)
    loss = partial_likelihood_loss(given, torch.from_numpy(time), torch.from_numpy(event))
    assert loss.item() == pytest.approx(efron_by_definition(risk, time, event), rel=1e-12)
    (gradient,) = torch.autograd.grad(loss, given)
    for place in range(0, len(risk), 5):
        step = np.eye(len(risk))[place] * 1e-6
        up, down = (efron_by_definition(risk + sign * step, time, event) for sign in (1, -1))
        assert float(gradient[place]) == pytest.approx((up - down) / 2e-6, abs=1e-7)
    assert float(gradient.sum()) == pytest.approx(0.0, abs=1e-12)  # risks are relative


def test_large_log_risks_stay_finite() -> None:
    risk = torch.tensor([400.0, 399.0, 0.0], dtype=torch.float64)
    loss = partial_likelihood_loss(risk, torch.tensor([1.0, 2.0, 3.0]), torch.tensor([True, True, False]))
    assert float(loss) == pytest.approx(np.log1p(np.exp(-1)) / 2)


def concordance_by_definition(
    risk: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.bool_]
) -> float | None:
    right = pairs = 0.0
    for i, j in product(range(len(time)), repeat=2):
        if event[i] and (time[i] < time[j] or (time[i] == time[j] and not event[j])):
            pairs += 1
            right += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    return right / pairs if pairs else None


@pytest.mark.parametrize("seed", range(5))
def test_concordance_is_the_share_of_ordered_pairs(seed: int) -> None:
    risk, time, event = drawn(seed)
    risk = np.round(risk, 1)  # with ties
    assert concordance(risk, time, event) == pytest.approx(concordance_by_definition(risk, time, event))


def test_concordance_without_censoring_is_kendalls_tau() -> None:
    from scipy.stats import kendalltau

    rng = np.random.default_rng(0)
    risk, time = rng.normal(size=30), rng.permutation(30).astype(float) + 1
    found = concordance(risk, time, np.ones(30, bool))
    assert found == pytest.approx((1 - kendalltau(risk, time).statistic) / 2)
    assert concordance(-time, time, np.ones(30, bool)) == 1.0


def test_concordance_needs_a_pair() -> None:
    assert concordance(np.array([1.0, 2.0]), np.array([3.0, 3.0]), np.array([True, True])) is None
    assert concordance(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([False, True])) is None
    assert concordance(np.array([1.0, 2.0]), np.array([3.0, 3.0]), np.array([True, False])) == 0.0
