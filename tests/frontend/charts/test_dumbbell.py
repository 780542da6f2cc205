"""Groups as pairs of before and after, and the importance of features on one axis."""

import pytest

from frontend.charts.dumbbell import features_dumbbell
from frontend.charts.pair import Pair, group_pairs
from tests.frontend.charts.rows import GROUPS, HOSTILE, MADE_OF, TRUSTED, drawn


def test_groups_stand_sorted_by_change_and_unscored_ones_are_left_out() -> None:
    assert [(pair.label, pair.pre, pair.ft) for pair in group_pairs(GROUPS, "modality_class")] == [
        ("T2 · GLRLM", 0.41, 0.49),
        ("ADC · GLCM", 0.20, 0.21),
        ("DWI · First order", 0.30, 0.10),
    ]
    assert [pair.label for pair in group_pairs(GROUPS, "modality_class", "DWI")] == ["DWI · First order"]


def test_trust_pairs_take_cross_validated_r2_and_stand_sorted_by_effect() -> None:
    pairs = group_pairs(TRUSTED, "modality_class", trusted=True)
    assert [(pair.label, pair.pre, pair.ft, pair.change, pair.flag) for pair in pairs] == [
        ("T2 · GLRLM", 0.41, 0.44, 0.08, "stronger"),
        ("ADC · GLCM", 0.20, 0.19, 0.01, "unchanged"),
        ("DWI · First order", 0.30, 0.10, -0.18, "weaker"),
    ]
    assert pairs[0].expected == pytest.approx(0.36)
    assert pairs[0].whisker == pytest.approx((0.41, 0.47))
    assert group_pairs(GROUPS, "modality_class", trusted=True) == []


def test_an_interval_spares_the_shared_change_exactly_where_it_spares_zero() -> None:
    for pair in group_pairs(TRUSTED, "modality_class", trusted=True):
        low, high = pair.whisker or (0.0, 0.0)
        assert (low <= (pair.expected or 0.0) <= high) == ((pair.low or 0.0) <= 0 <= (pair.high or 0.0))


def test_feature_points_carry_their_feature_and_names_are_no_markup() -> None:
    pairs = [Pair(HOSTILE, 0.7, 0.9, "T2_original_glcm_Contrast", "T2"), Pair("b", 0.8, 0.8001, "b", "ADC")]
    chart = features_dumbbell(pairs, "T2_original_glcm_Contrast", MADE_OF, dark=False)
    markers = {trace.name: trace for trace in drawn(chart.figure, "markers")}
    assert list(markers["ft up"].customdata) == ["T2_original_glcm_Contrast"]
    assert list(markers["ft little change"].customdata) == ["b"]
    texts = [note.text for note in chart.figure.layout.annotations]
    assert any(text.startswith("<b>&lt;a href=") for text in texts)
    assert not any("<a " in text for text in texts)
