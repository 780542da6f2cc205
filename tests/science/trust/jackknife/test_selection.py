import numpy as np

from backend.science.trust.jackknife.selection import (
    benjamini_hochberg,
    q_within_groups,
    select,
    select_within_groups,
)


def test_q_values_by_hand():
    p = np.array([0.01, 0.04, 0.03, 0.5])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])
    assert benjamini_hochberg(np.empty(0)).tolist() == []


def test_a_selection_needs_q_and_the_margin():
    q, value = np.array([0.1, 0.1, 0.11, 1e-9]), np.array([0.05, -0.05, 0.5, 0.03])
    assert select(q, value).tolist() == [1, -1, 0, 0]


def test_features_are_adjusted_inside_selected_groups_times_g_over_s():
    p = np.array([0.01, 0.02, 0.5, 0.001, 0.03])
    group_of, selected = np.array([0, 0, 0, 1, 2]), np.array([True, False, True])
    tested = np.array([True, True, False, True, True])
    np.testing.assert_allclose(q_within_groups(p, group_of, selected, tested), [0.03, 0.03, np.nan, np.nan, 0.045])


def test_without_a_selected_group_nothing_is_tested():
    q = q_within_groups(np.zeros(3), np.zeros(3, dtype=int), np.array([False]), np.ones(3, dtype=bool))
    assert np.isnan(q).all()
    assert select_within_groups(q, np.ones(3), np.zeros(3, dtype=int), np.array([0])).tolist() == [0, 0, 0]


def test_a_feature_needs_the_direction_of_its_group():
    q, value = np.full(4, 0.01), np.array([0.1, -0.1, 0.1, -0.1])
    found = select_within_groups(q, value, np.array([0, 0, 1, 1]), np.array([1, -1]))
    assert found.tolist() == [1, 0, 0, -1]
