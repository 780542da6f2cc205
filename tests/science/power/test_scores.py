import numpy as np
import pytest

from backend.science.power.scores import Truth, area, directions, flag_shares, outcome, precision, summary


def test_scores_by_hand():
    planted = np.array([1, 1, -1, -1, 0, 0])
    effect = np.array([0.5, 0.1, -0.4, 0.3, 0.2, -0.1])
    assert area(effect, planted) == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert precision(effect, planted) == 2 / 4
    flags = np.array([1, 0, -1, 1, 1, 0])
    assert flag_shares(flags, planted) == (1 / 2, 2 / 4, 1 - 2 / 4)
    assert flag_shares(np.zeros(6, dtype=int), planted) == (0.0, 0.0, None)
    assert area(effect, np.zeros(6)) is None


def test_flags_have_directions_and_those_without_a_change_have_none():
    flags = ("stronger", "kept", "probable_stronger", "weaker", "probable_weaker", "label_borne", "unchanged")
    assert directions(flags).tolist() == [1, 1, 1, -1, -1, 0, 0]


def test_groups_are_ranked_by_their_mean_and_scored_by_flags_of_their_own():
    truth = Truth("planted", 3, np.array([1, 1, 0, 0]), np.array([1, 0]), (np.array([0, 1]), np.array([2, 3])))
    found = outcome(truth, "trust effect", np.array([0.4, -0.1, 0.1, 0.0]), np.array([1, 0, 1, 0]), np.array([1, 1]))
    assert (found.group_auc, found.group_power, found.group_false_positives) == (1.0, 1.0, 1.0)
    assert (found.power, found.false_positives, found.false_share) == (0.5, 0.5, 0.5)
    silent = outcome(truth, "ΔI", np.array([0.4, -0.1, 0.1, 0.0]))
    assert silent.power is silent.group_power is None
    means = summary([found, silent])
    assert means["estimator"].tolist() == ["trust effect", "ΔI"]
    assert np.isnan(means["power"].iloc[1])
