"""Before and after on one axis: what is drawn, what is faded, and what the title calls changed."""

from dataclasses import replace

import pytest

from frontend.charts import style
from frontend.charts.dumbbell import features_dumbbell, groups_dumbbell
from frontend.charts.pair import Pair, group_pairs
from frontend.charts.table_one import table_one_chart
from tests.frontend.charts.rows import GROUPS, HOSTILE, MADE_OF, TRUSTED, cell, drawn, group


def test_groups_stand_sorted_by_change_and_unscored_ones_are_left_out() -> None:
    assert [(pair.label, pair.pre, pair.ft) for pair in group_pairs(GROUPS, "modality_class")] == [
        ("T2 · GLRLM", 0.41, 0.49),
        ("ADC · GLCM", 0.20, 0.21),
        ("DWI · First order", 0.30, 0.10),
    ]
    assert [pair.label for pair in group_pairs(GROUPS, "modality_class", "DWI")] == ["DWI · First order"]


def test_the_group_dumbbell_draws_hollow_to_filled_and_fades_small_changes() -> None:
    chart = groups_dumbbell(group_pairs(GROUPS, "modality_class"), "modality and feature class", MADE_OF, dark=False)
    markers = {trace.name: trace for trace in drawn(chart.figure, "markers")}
    assert (markers["pre up"].x, markers["ft up"].x) == ((0.41,), (0.49,))
    assert (markers["pre down"].x, markers["ft down"].x) == ((0.30,), (0.10,))
    assert markers["pre up"].marker.color == style.paper(False)
    assert markers["ft up"].marker.color == style.STRONGER
    assert markers["ft down"].marker.color == style.WEAKER
    assert markers["ft little change"].opacity == style.FADED
    assert chart.title == "DWI · First order changed most: decoded worse after fine-tuning (−0.20)"
    assert chart.alt == (
        "The paper's held-out R² before and after fine-tuning of 3 rows, 2 up and 1 not. T2 · GLRLM 0.41 to 0.49; "
        "ADC · GLCM 0.20 to 0.21; DWI · First order 0.30 to 0.10."
    )
    assert MADE_OF in chart.caption


def test_a_hopeless_group_does_not_flatten_the_others() -> None:
    chart = groups_dumbbell([Pair("T2", 0.3, 0.4), Pair("ADC", -9.0, 0.2)], "modality", MADE_OF, dark=False)
    after = next(trace for trace in drawn(chart.figure, "markers") if trace.name == "pre up" and -1.0 in trace.x)
    assert after.marker.symbol[after.x.index(-1.0)] == "triangle-left"
    assert chart.figure.layout.xaxis.range[0] > -1.2
    assert "◁ below −1" in chart.figure.layout.annotations[0].text
    assert any("pre −9.00" in text for text in after.text)
    table = table_one_chart({"CLS": [cell("glcm", -4.0, 0.5)]}, MADE_OF, dark=False)
    assert tuple(table.figure.data[0].x) == (-1.0, 0.5)
    assert "Arrow: below −1.00." in table.caption
    hopeless = table_one_chart({"CLS": [cell("glcm", -4.0, -3.0)]}, MADE_OF, dark=False)
    low, high = hopeless.figure.layout.xaxis.range
    assert low < -1 < 0 < high


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


def test_the_trust_dumbbell_draws_intervals_and_floor_and_fades_what_is_not_flagged() -> None:
    pairs = group_pairs(TRUSTED, "modality_class", trusted=True)
    chart = groups_dumbbell(pairs, "modality and feature class", MADE_OF, dark=False, floor=0.04)
    markers = {trace.name: trace for trace in drawn(chart.figure, "markers")}
    assert markers["ft up"].x == (0.44,)
    assert markers["ft down"].marker.color == style.WEAKER
    assert markers["ft little change"].x == (0.19,)
    assert markers["ft little change"].opacity == style.FADED
    intervals = [trace.x[:2] for trace in drawn(chart.figure, "lines") if trace.name == "interval"]
    assert intervals[0] == pytest.approx((0.41, 0.47))
    assert chart.figure.layout.shapes[0].x0 == 0.04
    assert chart.figure.layout.shapes[0].line.dash == "dash"
    texts = [text for trace in drawn(chart.figure, "text") for text in trace.text]
    assert "▲ stronger   ▼ weaker" in chart.figure.layout.annotations[0].text
    few = groups_dumbbell([replace(pair, flag="too_few") for pair in pairs], "g", MADE_OF, dark=False, floor=0.04)
    assert few.title == "No group is flagged: there are too few patients"
    given = [replace(pair, given=0.1) for pair in pairs]
    told = groups_dumbbell(given, "g", MADE_OF, dark=False, floor=0.04).figure.layout.annotations[0].text.split("<br>")
    assert told[-2:] == ["─ 95 % interval   | shared change", "┊ floor   ◇ given the label"]
    assert all(line.count("   ") <= 1 for line in told), "a phone shows two words of the key beside each other"
    assert [text.strip() for text in texts] == ["▲ +0.08", "▼ −0.18", "+0.01"]
    assert chart.title == "1 of 3 groups stronger, 1 weaker; DWI · First order most (−0.18 [−0.21, −0.15])"
    assert "1 stronger, 1 weaker, 1 not flagged" in chart.alt
    assert "T2 · GLRLM 0.41 to 0.44, stronger, effect +0.08 [0.05, 0.11]" in chart.alt


def test_without_a_flag_no_group_is_named() -> None:
    pairs = group_pairs(TRUSTED[:1], "modality_class", trusted=True)
    chart = groups_dumbbell(pairs, "modality and feature class", MADE_OF, dark=False, floor=0.0)
    assert chart.title == "No group is flagged: none changed beyond chance and the margin"


def test_nothing_is_called_better_where_nothing_is_decoded() -> None:
    chart = groups_dumbbell([Pair("T2", -0.8, -0.1)], "modality", MADE_OF, dark=True)
    assert chart.title == "No group can be decoded on held-out patients, before or after"
    assert {trace.name for trace in drawn(chart.figure, "markers")} == {"pre little change", "ft little change"}


def test_feature_points_carry_their_feature_and_names_are_no_markup() -> None:
    pairs = [Pair(HOSTILE, 0.7, 0.9, "T2_original_glcm_Contrast", "T2"), Pair("b", 0.8, 0.8001, "b", "ADC")]
    chart = features_dumbbell(pairs, "T2_original_glcm_Contrast", MADE_OF, dark=False)
    markers = {trace.name: trace for trace in drawn(chart.figure, "markers")}
    assert list(markers["ft up"].customdata) == ["T2_original_glcm_Contrast"]
    assert list(markers["ft little change"].customdata) == ["b"]
    texts = [note.text for note in chart.figure.layout.annotations]
    assert any(text.startswith("<b>&lt;a href=") for text in texts)
    assert not any("<a " in text for text in texts)


def test_what_is_below_zero_in_both_stages_never_changed_most() -> None:
    groups = [group("T2_glcm", 0.10, 0.12), group("T2_glrlm", 0.30, 0.38), group("ADC_glcm", -3.0, -1.0)]
    pairs = group_pairs(groups, "modality_class")
    assert [pair.label for pair in pairs] == ["T2 · GLRLM", "T2 · GLCM", "ADC · GLCM"]
    chart = groups_dumbbell(pairs, "modality and feature class", MADE_OF, dark=False)
    assert chart.title == "T2 · GLRLM changed most: decoded better after fine-tuning (+0.08)"
    still = groups_dumbbell([pairs[1], pairs[2]], "modality and feature class", MADE_OF, dark=False)
    assert still.title == "No group that can be decoded changed by more than 0.03"
