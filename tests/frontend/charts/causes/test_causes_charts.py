"""Charts of what is used, new, read and changed: every number drawn is the number given."""

from datetime import UTC, datetime

import pytest

from frontend.charts.causes.clinical_reading import clinical_reading, ordered
from frontend.charts.causes.content_shares import content_shares, parts
from frontend.charts.causes.group_use import group_use
from frontend.charts.causes.stage_weights import stage_weights
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.frontend.charts.rows import HOSTILE, MADE_OF
from tests.frontend.text.test_causes_words import column

NOTHING = s.VarianceShare(value=None, low=None, high=None)


def use(group: str, used: float | None, flag: str) -> s.GroupUse:
    ends = (None, None) if used is None else (used - 0.1, used + 0.1)
    return s.GroupUse(group=group, used=used, low=ends[0], high=ends[1], control=0.05, use=flag)


def content(radiomics: float | None, label: float | None, rest: float | None, axes: int = 1) -> s.ContentSummary:
    share = (
        NOTHING if radiomics is None else s.VarianceShare(value=radiomics, low=radiomics - 0.1, high=radiomics + 0.1)
    )
    one = s.ContentAxis(share=1.0, radiomics=share, groups=[], features=[], columns=[], low_end=["a"], high_end=["b"])
    return s.ContentSummary(
        headline="told", unpredicted=0.4, own_unpredicted=0.1, axes_share=0.5, radiomics=share, rest=rest,
        label=None if label is None else s.VarianceShare(value=label, low=0.0, high=0.3), axes=[one] * axes,
    )  # fmt: skip


def stage(name: str, change: float | None) -> s.StageWeights:
    return s.StageWeights(stage=name, n_weights=1000, relative_change=change, effective_rank=12.4, rank_share=0.3)


def test_groups_stand_by_what_is_lost_with_interval_and_control() -> None:
    groups = [use("T2_glcm", 0.1, "not_used"), use("ADC_firstorder", 0.6, "used"), use("DWI_glcm", None, "unclear")]
    chart = group_use(groups, MADE_OF, dark=False)
    assert list(chart.figure.layout.yaxis.ticktext) == ["ADC · First order", "T2 · GLCM"]
    assert list(chart.figure.data[0].x) == [0.05, 0.05]
    lines = [trace for trace in chart.figure.data if trace.mode == "lines"]
    assert sorted(lines[0].x[:2]) == pytest.approx([0.5, 0.7])
    assert chart.title == "The task uses ADC · First order"
    assert "ADC · First order 60 % [50, 70], control 5 %, the task uses it" in chart.alt
    assert chart.data is not None
    assert list(chart.data["group"]) == ["T2_glcm", "ADC_firstorder", "DWI_glcm"]
    symbols = {
        str(trace.marker.symbol) + str(trace.marker.color) for trace in chart.figure.data if trace.name != "control"
    }
    assert len(symbols) > 1
    assert group_use(groups[:1], MADE_OF, dark=True).title.startswith("No group is shown to be used: ")


def test_a_group_s_hostile_name_stays_text() -> None:
    figure = group_use([use(f"{HOSTILE}_glcm", 0.3, "used")], MADE_OF, dark=False).figure
    assert "<a " not in str(figure.layout.yaxis.ticktext)
    assert "<a " not in str(figure.data[-1].hovertext)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (content(0.34, 0.20, 0.60), (0.20, 0.14, 0.0, 0.06, 0.60)),
        (content(0.30, 0.20, 0.50), (0.30, 0.0, 0.0, 0.20, 0.50)),
        (content(0.10, 0.10, 0.70), (0.10, 0.0, 0.10, 0.10, 0.70)),
        (content(-0.01, None, 1.0), (0.0, 0.0, 0.0, 0.0, 1.0)),
        (content(0.63, None, 0.37), (0.63, 0.0, 0.0, 0.0, 0.37)),
    ],
)
def test_the_parts_of_what_is_new_add_up(found: s.ContentSummary, told: tuple[float, ...]) -> None:
    part = parts(found)
    assert (part.radiomics, part.both, part.together, part.label, part.no_name) == pytest.approx(told)


def test_new_and_lost_are_bars_that_are_whole() -> None:
    chart = content_shares({"new": content(0.34, 0.2, 0.6), "lost": content(0.0, 0.0, 1.0)}, MADE_OF, dark=False)
    bars = [trace for trace in chart.figure.data if trace.type == "bar"]
    assert [sum(values) for values in zip(*(bar.x for bar in bars), strict=True)] == pytest.approx([1.0, 1.0])
    interval = next(trace for trace in chart.figure.data if trace.type == "scatter")
    assert interval.x[0] == pytest.approx(0.34)
    assert chart.title == "Radiomics name 34 % [24, 44] of what is new; what is lost has no name here"
    assert "no name here 60 %" in chart.alt
    alone = content_shares({"new": content(None, None, None, axes=0), "lost": content(0.2, 0.0, 0.8)}, MADE_OF, True)
    assert list(alone.figure.layout.yaxis.ticktext) == ["<b>lost</b>"]


def test_frozen_stages_are_called_not_trained() -> None:
    stages = [stage("stem", 0.0), stage("stage1", 0.012), stage("stage4", 0.34)]
    chart = stage_weights(stages, None, MADE_OF, dark=False)
    assert list(chart.figure.data[0].x) == [0.0, 0.012, 0.34]
    assert [text.strip() for text in chart.figure.data[0].text] == ["not trained", "1.2 %, rank 12", "34 %, rank 12"]
    assert chart.title == "Stage 4 changed most, by 34 % of its weights' size; not trained: first layer"
    assert stage_weights([stage("stem", 0.0)], None, MADE_OF, True).title == "No weight of the encoder was changed"


def test_what_each_stage_decodes_stands_beside_its_weights() -> None:
    line = {
        "n_features": 5, "r2_pre": [0, 0], "r2_ft": [0, 0], "effect": [0, 0], "ci_low": [0, 0], "ci_high": [0, 0],
        "q": [None, None], "flag": ["unchanged", "unchanged"],
    }  # fmt: skip
    lines = [
        s.TrajectoryLine(grouping="modality_class", group=group, delta_r2=changes, **line)
        for group, changes in (("T2_glcm", [0.1, 0.2]), ("T2_gldm", [0.3, 0.0]))
    ]
    points = [
        s.TrajectoryPoint(
            label=f"stage {at}", epoch=None, stage=f"stage{at}", encoder_id="ft", width=8, shared_change=None,
            control_floor=0.1, flags={}, cka_debiased=None, effective_rank=3.0,
        )
        for at in (1, 2)
    ]  # fmt: skip
    along = s.TrajectoryDetail(
        id="t", cohort_id="c", cohort_name="c", task="pirads", roi="gland", along="stages", n_studies=40, n_patients=40,
        n_features=10, replicates=None, seed=0, points=points, created_at=datetime(2026, 11, 30, tzinfo=UTC),
        sentences=[], lines=lines,
    )  # fmt: skip
    stages = [stage("stem", 0.01), stage("stage1", 0.02), stage("stage2", 0.03)]
    chart = stage_weights(stages, along, MADE_OF, dark=False)
    mean = chart.figure.data[-1]
    assert dict(zip(mean.y, mean.x, strict=True)) == pytest.approx({"stage 1": 0.2, "stage 2": 0.1})
    assert chart.data is not None
    assert list(chart.data["delta_r2"])[1:] == pytest.approx([0.2, 0.1])


def test_columns_that_changed_stand_first_and_the_label_is_named() -> None:
    columns = [column("age", "not_read"), column("psa", "better"), column("center", "worse"), column("isup", "same")]
    assert [one.name for one in ordered(columns)] == ["center", "psa", "isup", "age"]
    chart = clinical_reading(prostate(), columns, ["psa"], MADE_OF, dark=False)
    assert list(chart.figure.layout.yaxis.ticktext) == ["Centre", "PSA (the label)", "ISUP grade", "Age"]
    assert chart.title == "PSA read better; Centre read worse"
    better = next(trace for trace in chart.figure.data if trace.mode == "text")
    assert list(better.text) == ["   ▲ +0.30"]
    interval = next(trace for trace in chart.figure.data if trace.name == "interval")
    assert list(interval.x[:2]) == pytest.approx([0.2, 0.6])
    quiet = clinical_reading(prostate(), [column("age", "not_read")], [], MADE_OF, dark=True)
    assert quiet.title == "No clinical column is shown to be read better or worse"
