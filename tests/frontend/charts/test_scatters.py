"""Scatters: decoded against true, shift against change; and nothing that calls outside."""

import pandas as pd
import pytest

from frontend.charts import style
from frontend.charts.decoded import decoded_scatter
from frontend.charts.effects import disagreement, effect_scatter, shift_scatter
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.frontend.charts.rows import HOSTILE, MADE_OF, drawn, ranking_row, trusted_row


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
    chart = shift_scatter(frame, "b", MADE_OF, dark=True, protocol=prostate())
    assert "75 %" in chart.title
    assert " for 4 features: 3 lie" in chart.alt
    alone = shift_scatter(frame.iloc[:1], "a", MADE_OF, dark=True, protocol=prostate())
    assert " for 1 feature: 1 lie" in alone.alt
    assert chart.figure.data[-1].x == pytest.approx((0.2,))
    assert list(chart.figure.data[0].customdata[0]) == ["a", pytest.approx(-0.2)]


def test_the_effect_scatter_counts_flagged_features_whose_shift_points_the_other_way() -> None:
    rows = [
        trusted_row("a", -0.1, 0.2, "stronger"),
        trusted_row("b", 0.1, 0.3, "stronger"),
        trusted_row("c", 0.1, -0.2, "weaker"),
        trusted_row("d", 0.1, -0.01, "unchanged"),
    ]
    chart = effect_scatter(pd.DataFrame([row.model_dump() for row in rows]), "d", MADE_OF, dark=False)
    assert chart.title == "ΔI points the other way for 2 of 3 features flagged stronger or weaker"
    by_flag = {trace.name: trace for trace in chart.figure.data if trace.name}
    assert by_flag["stronger"].y == pytest.approx((0.2, 0.3))
    assert by_flag["stronger"].marker.symbol != by_flag["weaker"].marker.symbol
    for row, way in ((rows[0], "other"), (trusted_row("b", 0.1, 0.3, "stronger"), "same")):
        one = effect_scatter(pd.DataFrame([each.model_dump() for each in (row, rows[3])]), None, MADE_OF, dark=False)
        assert one.title == f"ΔI points the {way} way for the one flagged feature"


@pytest.mark.parametrize(("of_shared", "axis"), [(0.2, " beyond the shared change"), (None, "")])
def test_the_effect_axis_names_a_shared_change_only_where_there_is_one(of_shared: float | None, axis: str) -> None:
    frame = pd.DataFrame([trusted_row("a", -0.1, 0.2, "stronger").model_dump() | {"selective_delta": of_shared}])
    chart = effect_scatter(frame, None, MADE_OF, dark=False)
    assert chart.figure.layout.yaxis.title.text == f"effect: ΔR²{axis}"


def test_no_chart_can_call_a_cloud() -> None:
    config = style.config("groups")
    assert config["showSendToCloud"] is False
    assert config["displaylogo"] is False
    assert config["toImageButtonOptions"]["filename"] == "groups"
