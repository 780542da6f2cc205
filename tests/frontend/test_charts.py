import pandas as pd
import pytest

from frontend.charts import style
from frontend.charts.decoded import decoded_scatter
from frontend.charts.dumbbell import features_dumbbell, groups_dumbbell
from frontend.charts.effects import disagreement, effect_scatter, shift_scatter
from frontend.charts.heatmap import heat_map
from frontend.charts.modality_bars import best_class, modality_bars
from frontend.charts.pair import Pair, feature_pairs, group_pairs
from frontend.charts.table_one import rows_of, table_one_chart
from shared import schemas as s

HOSTILE = '<a href="http://outside.example">x</a>'
MADE_OF = "46 studies of 40 patients, seed 0."


def group(name: str, pre: float | None, ft: float | None, grouping: str = "modality_class") -> s.GroupRow:
    numbers = {field: None for field in s.GroupRow.model_fields if field not in ("grouping", "group", "n_features")}
    return s.GroupRow(grouping=grouping, group=name, n_features=5, **(numbers | {"r2_pre": pre, "r2_ft": ft}))


def weighed(name: str, pre: float, ft: float, effect: float, flag: s.Flag) -> s.GroupRow:
    """A group as the trust block sees it; the paper's R² is far off on purpose."""
    trust = {
        "trust_r2_pre": pre,
        "trust_r2_ft": ft,
        "effect": effect,
        "ci_low": effect - 0.03,
        "ci_high": effect + 0.03,
        "flag": flag,
    }
    return group(name, -3.0, -2.0).model_copy(update=trust)


GROUPS = [
    group("T2_glrlm", 0.41, 0.49),
    group("DWI_firstorder", 0.30, 0.10),
    group("ADC_glcm", 0.20, 0.21),
    group("ADC_glrlm", None, 0.1),
    group("glrlm", 0.5, 0.6, "class"),
]


TRUSTED = [
    weighed("ADC_glcm", 0.20, 0.19, 0.01, "unchanged"),
    weighed("DWI_firstorder", 0.30, 0.10, -0.18, "weaker"),
    weighed("T2_glrlm", 0.41, 0.44, 0.08, "stronger"),
]


def drawn(figure: object, mode: str) -> list[object]:
    return [trace for trace in figure.data if trace.type == "scatter" and trace.mode == mode]


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
        "Held-out R² before and after fine-tuning of 3 rows, 2 up and 1 not. T2 · GLRLM 0.41 to 0.49; "
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


def cell(row: str, pre: float, ft: float) -> s.TableOneCell:
    rest = dict.fromkeys(s.TableOneCell.model_fields)
    return s.TableOneCell(**(rest | {"row": row, "n_features": 5, "r2_pre": pre, "r2_ft": ft}))


def test_table_one_keeps_the_papers_order_and_draws_every_cell() -> None:
    columns = {"CLS": [cell("Wavelet", 0.1, 0.3), cell("glcm", 0.2, 0.5)], "SEG-L": [cell("firstorder", 0.4, 0.2)]}
    assert rows_of(columns) == ["firstorder", "glcm", "Wavelet"]
    chart = table_one_chart(columns, MADE_OF, dark=False)
    assert sorted(tuple(trace.x) for trace in chart.figure.data) == [(0.1, 0.3), (0.2, 0.5), (0.4, 0.2)]
    assert "CLS: highest after fine-tuning GLCM, 0.20 to 0.50;" in chart.alt
    assert "SEG-L: highest after fine-tuning First order, 0.40 to 0.20." in chart.alt


@pytest.mark.parametrize(
    ("measure", "value", "low", "high"),
    [("pre", 0.41, 0.10, 0.49), ("ft", 0.49, 0.10, 0.49), ("change", 0.08, -0.2, 0.2)],
)
def test_the_heat_map_holds_the_values_on_a_shared_scale(measure: str, value: float, low: float, high: float) -> None:
    chart = heat_map(GROUPS[:3], ["T2", "DWI", "ADC"], measure, MADE_OF, dark=False)
    heat = chart.figure.data[0]
    assert heat.z[list(heat.y).index("GLRLM")][0] == pytest.approx(value)
    assert (heat.zmin, heat.zmax) == pytest.approx((low, high))
    assert "T2 · GLRLM" in chart.alt


def test_the_trust_heat_map_marks_flags_and_shows_effects() -> None:
    chart = heat_map(TRUSTED, ["T2", "DWI", "ADC"], "change", MADE_OF, dark=False, trusted=True)
    texts = [note.text for note in chart.figure.layout.annotations]
    assert {"▲ +0.08", "▼ −0.18", "+0.01"} <= set(texts)
    assert chart.title == "DWI · First order moved most: weaker (−0.18)"
    assert "ADC · GLCM +0.01 (unchanged)" in chart.alt
    still = heat_map(TRUSTED[:1], ["ADC"], "change", MADE_OF, dark=False, trusted=True)
    assert still.title == "No group is flagged: none changed beyond chance and the margin"
    assert still.figure.data[0].zmax == 2 * style.MARGIN
    paper = heat_map(TRUSTED, ["T2", "DWI", "ADC"], "pre", MADE_OF, dark=False)
    assert (paper.figure.data[0].zmin, paper.figure.data[0].zmax) == (-1.0, -1.0)
    assert "−3.00" in [note.text for note in paper.figure.layout.annotations]


def test_the_best_class_of_the_trust_block() -> None:
    classes = [
        row.model_copy(update={"grouping": "class", "group": name})
        for row, name in zip(TRUSTED, ("glcm", "firstorder", "glrlm"), strict=True)
    ]
    assert best_class(classes) == "glrlm"
    assert best_class(GROUPS) is None
    chart = modality_bars(TRUSTED, ["T2"], "glrlm", MADE_OF, dark=False, trusted=True)
    assert [trace.y for trace in chart.figure.data] == [(0.41,), (0.44,)]
    clipped = modality_bars(TRUSTED, ["T2"], "glrlm", MADE_OF, dark=False)
    assert (clipped.figure.data[0].y, clipped.figure.data[0].text) == ((-1.0,), ("−3.00<br>↓",))


def test_fig_2_shows_the_class_by_modality() -> None:
    groups = [group("T2_glrlm", 0.2, 0.4), group("ADC_glrlm", 0.5, 0.6)]
    chart = modality_bars(groups, ["T2", "DWI", "ADC"], "glrlm", MADE_OF, dark=False)
    before, after = chart.figure.data
    assert (before.x, before.y, after.y) == (("T2", "ADC"), (0.2, 0.5), (0.4, 0.6))
    assert list(after.marker.color) == [style.T2, style.ADC]
    assert chart.title == "GLRLM is decoded best on ADC"
    noise = modality_bars([group("T2_glrlm", 0.0, 0.001)], ["T2"], "glrlm", MADE_OF, dark=False)
    assert noise.title == "GLRLM is not decoded on held-out patients"
    assert noise.figure.layout.yaxis.range[1] > 0.05


def ranking_row(feature: str, delta_i: float, gain: float) -> s.RankingRow:
    return s.RankingRow(
        feature=feature, label=HOSTILE, modality="T2", image_type="original", feature_class="glcm",
        feature_name="Contrast", i_pre=1.0, i_ft=1.0 + delta_i, delta_i=delta_i, rank_paper=1, paper_r2_pre=0.1,
        paper_r2_ft=0.1 + gain, paper_mse_pre=1, paper_mse_ft=1, r2_in_sample_pre=0.5, r2_in_sample_ft=0.5,
    )  # fmt: skip


def test_decoded_against_true_keeps_held_out_and_training_apart() -> None:
    cases = [
        s.FeatureCase(
            case_id=f"c{n}", study_id=HOSTILE, patient_id="p", split=split, held_out=split == "test", has_images=False,
            true=0.5, decoded_pre=0.1 * n, decoded_ft=0.2 * n, error_change=0.1,
        )
        for n, split in enumerate(["test", "train", "test"])
    ]  # fmt: skip
    definition = s.FeatureDefinition(feature="f", label="f", sentence="", formula="", ibsi="", image_type_words="")
    found = s.FeatureCases(analysis_id="a", definition=definition, row=ranking_row("f", 0.1, 0.2), cases=cases)
    chart = decoded_scatter(found, MADE_OF, dark=False)
    held_out = [trace for trace in drawn(chart.figure, "markers") if trace.name == "held out"]
    assert [tuple(trace.y) for trace in held_out] == [(0.0, 0.2), (0.0, 0.4)]
    assert list(held_out[0].customdata) == ["c0", "c2"]
    assert "<a " not in held_out[0].hovertext[0]
    assert chart.title == "Paper's decoders: better after fine-tuning (ΔR² +0.20)"
    assert "2 of them held out" in chart.alt


def test_the_shift_scatter_counts_where_shift_and_decoding_disagree() -> None:
    rows = [
        ranking_row("a", 0.1, -0.2),
        ranking_row("b", 0.2, -0.3),
        ranking_row("c", -0.1, -0.1),
        ranking_row("d", -0.2, 0.3),
    ]
    frame = pd.DataFrame([row.model_dump() for row in rows])
    n, opposite, rho = disagreement(frame.assign(delta_r2=frame["paper_r2_ft"] - frame["paper_r2_pre"]))
    assert (n, opposite) == (4, 3)
    assert rho == pytest.approx(-1.0)
    chart = shift_scatter(frame, "b", MADE_OF, dark=True)
    assert "75 %" in chart.title
    assert chart.figure.data[-1].x == pytest.approx((0.2,))
    assert list(chart.figure.data[0].customdata[0]) == ["a", pytest.approx(-0.2)]


def trusted_row(feature: str, delta_i: float, effect: float, flag: s.Flag) -> s.RankingRow:
    told = {"effect": effect, "ci_low": effect - 0.1, "ci_high": effect + 0.1, "flag": flag}
    return ranking_row(feature, delta_i, 0.1).model_copy(update=told | {"r2_pre": 0.3, "r2_ft": 0.3 + effect})


def test_the_effect_scatter_counts_flagged_features_whose_shift_points_the_other_way() -> None:
    rows = [
        trusted_row("a", -0.1, 0.2, "stronger"),
        trusted_row("b", 0.1, 0.3, "stronger"),
        trusted_row("c", 0.1, -0.2, "weaker"),
        trusted_row("d", 0.1, -0.01, "unchanged"),
    ]
    chart = effect_scatter(pd.DataFrame([row.model_dump() for row in rows]), "d", MADE_OF, dark=False)
    assert chart.title == "ΔI points the other way for 2 of 3 flagged features"
    by_flag = {trace.name: trace for trace in chart.figure.data if trace.name}
    assert by_flag["stronger"].y == pytest.approx((0.2, 0.3))
    assert by_flag["stronger"].marker.symbol != by_flag["weaker"].marker.symbol
    pairs = feature_pairs(rows, trusted=True)
    assert [pair.key for pair in pairs] == ["a", "b", "c", "d"]
    assert (pairs[0].pre, pairs[0].ft, pairs[0].effect) == pytest.approx((0.3, 0.5, 0.2))
    assert feature_pairs([ranking_row("a", 0.1, 0.1)], trusted=True) == []


def test_no_chart_can_call_a_cloud() -> None:
    config = style.config("groups")
    assert config["showSendToCloud"] is False
    assert config["displaylogo"] is False
    assert config["toImageButtonOptions"]["filename"] == "groups"
