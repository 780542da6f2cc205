import numpy as np
import pytest

from backend.science.trust.jackknife.flags import FLAGS, flags_of, with_label_borne, without_fallen


def flag_of(direction=0, probable=0, delta=0.1, se=0.01, decodable=True, n_patients=100):
    return flags_of(
        np.array([direction]),
        np.array([probable]),
        np.array([delta]),
        np.array([se]),
        np.array([decodable]),
        n_patients,
    ).tolist()[0]


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        ({"direction": 1}, "stronger"),
        ({"direction": -1}, "weaker"),
        ({"direction": 1, "delta": -0.1}, "kept"),
        ({"probable": 1, "delta": -0.1}, "kept"),
        ({"direction": -1, "delta": 0.1}, "weaker"),
        ({"probable": 1}, "probable_stronger"),
        ({"probable": -1}, "probable_weaker"),
        ({"direction": 1, "probable": 1}, "stronger"),
        ({}, "unchanged"),
        ({"se": 0.06}, "underpowered"),
        ({"decodable": False, "se": 0.06}, "not_decodable"),
        ({"direction": 1, "n_patients": 39}, "too_few"),
        ({"direction": 1, "n_patients": 40}, "stronger"),
    ],
)
def test_one_word_for_every_change(given, flag):
    assert flag_of(**given) == flag
    assert flag in FLAGS


def test_a_feature_that_lost_more_than_the_typical_one_is_not_kept_by_its_group():
    probable = np.array([1, 1, 1, -1, 0])
    effect = np.array([-0.01, 0.01, -0.01, -0.01, -0.01])
    delta_r2 = np.array([-0.004, -0.004, 0.1, -0.004, -0.1])
    assert without_fallen(probable, effect, delta_r2).tolist() == [0, 1, 1, -1, 0]


def test_label_borne_is_stronger_only_without_the_label_and_beyond_error():
    flag = np.array(["stronger", "stronger", "stronger", "probable_stronger", "weaker", "kept"])
    given = np.array(["unchanged", "stronger", "unchanged", "weaker", "unchanged", "unchanged"])
    beyond = np.array([True, True, False, True, True, True])
    expected = ["label_borne", "stronger", "stronger", "label_borne", "weaker", "kept"]
    assert with_label_borne(flag, given, beyond).tolist() == expected
