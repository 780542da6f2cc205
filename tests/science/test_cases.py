import numpy as np

from backend.science.cases import cases_for_feature


def test_cases_are_sorted_by_how_much_their_error_changed():
    frame = cases_for_feature(
        ["a", "b", "c"],
        z_pre=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        z_ft=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        theta_pre=np.array([1.0, 0.0]),
        theta_ft=np.array([1.0, 0.5]),
        r_minmax=np.array([1.0, 0.5, 1.0]),
    )
    assert frame["study_id"].tolist() == ["b", "c", "a"]
    np.testing.assert_allclose(frame["decoded_pre"], [0.0, 1.0, 1.0])
    np.testing.assert_allclose(frame["decoded_ft"], [0.5, 1.5, 1.0])
    np.testing.assert_allclose(frame["error_change"], [-0.5, 0.5, 0.0])


def test_intercepts_are_added():
    frame = cases_for_feature(
        ["a"], np.zeros((1, 2)), np.zeros((1, 2)), np.zeros(2), np.zeros(2), np.array([1.0]), intercept=(0.25, 0.75)
    )
    assert frame[["decoded_pre", "decoded_ft", "error_change"]].iloc[0].tolist() == [0.25, 0.75, -0.5]
