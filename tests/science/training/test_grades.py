"""Grades: the cumulative logit model against its definition, and its scores against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn import metrics

from backend.science.encoders.heads import Thresholds, grade_head
from backend.science.training.losses import cumulative_logit_loss
from backend.science.training.metrics import grade_scores


def test_the_loss_is_the_likelihood_of_the_grade() -> None:
    torch.manual_seed(0)
    logits = (torch.randn(20, 4).double() * 2).sort(dim=1, descending=True).values.requires_grad_()
    grades = torch.randint(0, 5, (20,))
    above = torch.cat([torch.ones(20, 1), logits.sigmoid(), torch.zeros(20, 1)], dim=1).double()
    chances = above[:, :-1] - above[:, 1:]
    expected = -chances[torch.arange(20), grades].log().mean()
    loss = cumulative_logit_loss(logits, grades)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(*(torch.autograd.grad(one, logits)[0] for one in (loss, expected)))


def test_the_loss_does_not_cancel_far_out() -> None:
    logits = torch.tensor([[60.0, 59.0], [-59.0, -60.0]], requires_grad=True)
    loss = cumulative_logit_loss(logits, torch.tensor([1, 1]))  # a difference of sigmoids is 0 in float32
    # P = sigmoid(-59) (1 - 1 / e) in both
    assert float(loss.detach()) == pytest.approx(59 - np.log(1 - np.exp(-1)), rel=1e-6)
    assert bool(torch.autograd.grad(loss, logits)[0].isfinite().all())


def test_two_grades_are_a_logistic_regression() -> None:
    logits, grades = torch.randn(9, 1), torch.tensor([0, 1] * 4 + [1])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, 0], grades.float())
    torch.testing.assert_close(cumulative_logit_loss(logits, grades), expected)


def test_thresholds_rise_and_start_at_the_shares_of_the_training_cases() -> None:
    above = [0.9, 0.4, 0.35, 0.01]
    thresholds = Thresholds(above)
    torch.testing.assert_close(thresholds(torch.zeros(1, 1)).sigmoid(), torch.tensor([above]))
    with torch.no_grad():
        thresholds.raw.copy_(torch.tensor([3.0, -9.0, 2.0, -50.0]))
    assert bool((thresholds(torch.zeros(1, 1)).diff() <= 0).all())
    assert grade_head(16, 2)(torch.randn(3, 16)).shape == (3, 1)


def test_scores_equal_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    above = np.sort(rng.random((60, 3)), axis=1)[:, ::-1].copy()
    truth = rng.integers(0, 4, 60)
    given = np.array([sum(chance > 0.5 for chance in row) for row in above])
    scores = grade_scores(above, truth)
    assert scores == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(truth, given),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, given),
            "kappa": metrics.cohen_kappa_score(truth, given, weights="quadratic"),
            "mae": metrics.mean_absolute_error(truth, given),
            "auc": np.mean([metrics.roc_auc_score(truth > cut, above[:, cut]) for cut in range(3)]),
        }
    )
