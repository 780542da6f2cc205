"""Effects of groups: given the label, by run, in controls; the same in words and as a table."""

import pytest

from frontend.charts import style
from frontend.charts.effect_rows import effect_frame, group_rows
from frontend.charts.effect_words import alt
from frontend.text import trust_words
from shared import schemas as s
from tests.frontend.charts.rows import TRUSTED


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


def test_every_reading_of_a_group_stands_on_its_row(groups: list[s.GroupRow], trust: s.TrustSummary) -> None:
    rows = group_rows(groups, trust)
    assert [row.key for row in rows] == ["T2_glrlm", "ADC_glcm", "DWI_firstorder"]
    first = rows[0]
    assert (first.given, first.by_run, first.runs) == ((0.01, -0.03, 0.05), (0.06, 0.10), (2, 2))
    assert first.control == (0.02, -0.02, 0.05)
    told = alt(rows, trust_words.PLAIN)
    assert "T2 · GLRLM stronger, effect +0.08 [0.05, 0.11], given the label +0.01 [−0.03, 0.05], in 2 of 2 runs" in told
    line = effect_frame(rows).set_index("name").loc["T2_glrlm"]
    assert (line["given_label"], line["run_2"], line["n_runs_agree"], line["control"]) == (0.01, 0.10, 2, 0.02)


def test_readings_that_are_not_there_have_no_column() -> None:
    table = effect_frame(group_rows(TRUSTED, None))
    assert list(table.columns) == ["name", "label", "flag", "effect", "effect_low", "effect_high"]
    assert group_rows(TRUSTED, None, "ADC")[0].key == "ADC_glcm"


def test_no_chart_can_call_a_cloud() -> None:
    config = style.config("groups")
    assert config["showSendToCloud"] is False
    assert config["displaylogo"] is False
