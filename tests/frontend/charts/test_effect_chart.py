"""Effects around zero: intervals, the mark given the label, runs, controls, and the same in words and as a table."""

import pytest

from frontend.charts import style
from frontend.charts.effect_chart import effect_chart
from frontend.charts.effect_rows import feature_rows, group_rows
from frontend.text import trust_words
from shared import schemas as s
from tests.frontend.charts.rows import HOSTILE, MADE_OF, TRUSTED, trusted_row


def runs(by_run: dict[str, list[float]]) -> s.RunsSummary:
    groups = [
        s.GroupEffect(
            group=group, effect=sum(one) / len(one), ci_low=-0.02, ci_high=0.05, flag="unchanged", by_run=one,
            n_runs_agree=1,
        )
        for group, one in by_run.items()
    ]  # fmt: skip
    return s.RunsSummary(n_runs=len(groups[0].by_run), tables=["a", "b"], flags={}, groups=groups)


@pytest.fixture
def trust() -> s.TrustSummary:
    return s.TrustSummary(
        version=2, shared_change=0.1, control_floor=0.02, label=["pirads (4 classes)"],
        runs=runs({"T2_glrlm": [0.06, 0.10]}), controls=runs({"T2_glrlm": [0.01, 0.03], "T2_glcm": [0.0, 0.0]}),
        flags={}, representation={}, stability_spearman=None, stability_top20=None,
    )  # fmt: skip


@pytest.fixture
def groups() -> list[s.GroupRow]:
    given = {"effect_given_label": 0.01, "given_label_low": -0.03, "given_label_high": 0.05}
    several = {"n_runs": 2, "n_runs_agree": 2}
    return [
        row.model_copy(update=given | several) if row.group == "T2_glrlm" else row for row in (*TRUSTED[:2], TRUSTED[2])
    ]


def trace(figure: object, name: str, mode: str) -> object:
    return next(one for one in figure.data if one.name == name and one.mode == mode)


def test_every_reading_of_a_group_stands_on_its_row(groups: list[s.GroupRow], trust: s.TrustSummary) -> None:
    rows = group_rows(groups, trust)
    assert [row.key for row in rows] == ["T2_glrlm", "ADC_glcm", "DWI_firstorder"]
    chart = effect_chart(rows, "Effects", "g", MADE_OF, False, trust_words.PLAIN)
    given = trace(chart.figure, "given the label", "markers")
    assert (tuple(given.x), tuple(given.y), given.marker.symbol) == ((0.01,), (0,), "diamond-open")
    wide = [row.model_copy(update={"given_label_high": 9.0}) for row in groups]
    assert [row.marks for row in group_rows(wide, trust)] == [row.marks for row in rows], "no line is drawn there"
    alone = trace(chart.figure, "runs", "markers")
    assert (tuple(alone.x), tuple(alone.y)) == ((0.06, 0.10), (0, 0))
    control = trace(chart.figure, "control", "lines")
    assert tuple(control.x) == (-0.02, 0.05, None)
    assert 0 < control.y[0] < 0.5, "beside the row, not on it"
    marks = {key: one for one in chart.figure.data if one.name == "effect" for key in one.customdata}
    assert marks["T2_glrlm"].marker.color == style.STRONGER
    assert marks["ADC_glcm"].marker.color == style.UNCHANGED
    written = trace(chart.figure, "numbers", "text").text
    assert written[0].strip() == "▲ +0.08 · 2/2"
    key = chart.figure.layout.annotations[0].text
    assert all(part in key for part in ("▲ stronger", "◇ given the label", "❘ one run", "▬ controls"))
    assert "T2 · GLRLM stronger, effect +0.08 [0.05, 0.11], given the label +0.01 [−0.03, 0.05], in 2 of 2 runs" in (
        chart.alt
    )
    assert "shuffled labels" in chart.caption
    line = chart.data.set_index("name").loc["T2_glrlm"]
    assert (line["given_label"], line["run_2"], line["n_runs_agree"], line["control"]) == (0.01, 0.10, 2, 0.02)


def test_marks_that_are_not_drawn_are_not_explained() -> None:
    rows = group_rows(TRUSTED, None)
    chart = effect_chart(rows, "", "g", MADE_OF, True, trust_words.PLAIN)
    key = chart.figure.layout.annotations[0].text
    assert "◇" not in key
    assert "▬" not in key
    assert "diamond" not in chart.caption
    assert list(chart.data.columns) == ["name", "label", "flag", "effect", "effect_low", "effect_high"]
    assert group_rows(TRUSTED, None, "ADC")[0].key == "ADC_glcm"


def test_a_feature_has_the_control_of_its_group_and_its_name_is_no_markup(trust: s.TrustSummary) -> None:
    (row,) = feature_rows([trusted_row("f", 0.1, 0.2, "label_borne")], trust)
    assert row.control == (0.0, -0.02, 0.05)
    chart = effect_chart([row], "", "f", MADE_OF, False, trust_words.PLAIN, chosen="f")
    mark = next(one for one in chart.figure.data if one.name == "effect")
    assert tuple(mark.marker.symbol) == ("diamond",)
    assert mark.marker.color == style.LABEL_BORNE
    texts = [note.text for note in chart.figure.layout.annotations]
    assert any(text.startswith("<b>&lt;a href=") for text in texts)
    assert not any(HOSTILE in text for text in (*texts, *mark.hovertext))
    assert feature_rows([trusted_row("f", 0.1, 0.2, "stronger").model_copy(update={"effect": None})], trust) == []


def test_no_chart_can_call_a_cloud() -> None:
    config = style.config("groups")
    assert config["showSendToCloud"] is False
    assert config["displaylogo"] is False
