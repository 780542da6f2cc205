"""Who carries an effect, and the readings of one feature side by side."""

import pytest

from frontend.charts import style
from frontend.charts.held_out import held_out
from frontend.charts.influence import influence, top_share
from frontend.charts.readings import readings
from frontend.components.evidence_panel import chance, numbers_of
from frontend.components.influence_panel import sentence
from frontend.text import trust_words
from shared import schemas as s
from shared.protocols.reader import built_in, prostate
from tests.frontend.charts.rows import HOSTILE, MADE_OF, trusted_row

TRUST_OF_VERSION_1 = s.TrustSummary(
    version=1, shared_change=0.1, control_floor=0.0, flags={}, representation={}, stability_spearman=None,
    stability_top20=None,
)  # fmt: skip


@pytest.fixture
def found() -> s.FeatureEvidence:
    more = {
        "effect_given_label": 0.02, "given_label_low": -0.05, "given_label_high": 0.09, "effect_shrunk": 0.15,
        "shrunk_low": 0.1, "shrunk_high": 0.2, "n_runs": 2, "n_runs_agree": 1, "chance_r2_pre": -0.05,
        "chance_r2_ft": -0.04, "q": 0.01,
    }  # fmt: skip
    carried = [0.05, -0.04, 0.03, 0.02, 0.01, 0.01, 0.005]
    return s.FeatureEvidence(
        analysis_id="a", task="pirads", roi="gland",
        definition=s.FeatureDefinition(feature="f", label="f", sentence="", formula="", ibsi="", image_type_words=""),
        row=trusted_row("f", 0.1, 0.2, "stronger").model_copy(update=more), n_studies=7, n_patients=7,
        shared_change=0.1, shared_change_low=0.0, shared_change_high=0.2, control_floor=0.02, margin=0.03, version=2,
        by_run=[0.25, 0.15], points=[], repeatable=None,
        influence=[s.PatientInfluence(patient_id=HOSTILE if n == 0 else f"p{n}", carries=c)
                   for n, c in enumerate(carried)],
        disagreement=s.Disagreement(disagrees=False, headline="", reasons=[]),
        quality=s.RoiEvidence(n_studies=7, n_flagged=0, sentences=[]),
    )  # fmt: skip


def test_the_top_five_are_those_that_carry_with_the_effect(found: s.FeatureEvidence) -> None:
    assert top_share(found.influence, 0.2) == pytest.approx((0.05 + 0.03 + 0.02 + 0.01 + 0.01) / 0.2)
    assert top_share(found.influence, -0.2) == pytest.approx(0.04 / 0.2)
    assert top_share(found.influence, None) is None
    assert sentence(found) == (
        "The 5 patients that carry most hold about 60 % of the effect: without them it would be about +0.08 instead of "
        "+0.20."
    )


def test_bars_show_who_carries_the_effect_and_who_opposes_it(found: s.FeatureEvidence) -> None:
    chart = influence(found, MADE_OF, dark=False)
    bars = chart.figure.data[0]
    assert list(bars.x) == [one.carries for one in found.influence]
    assert bars.marker.color[0] == style.STRONGER
    assert bars.marker.color[1] == "rgba(0,0,0,0)", "hollow: it opposes the effect"
    assert "without this patient the effect would be +0.150" in bars.hovertext[0]
    assert "<a " not in "".join([*bars.hovertext, *chart.figure.layout.yaxis.ticktext])
    assert chart.title == "A few patients carry much of it: the top 5 hold 60 % of the effect"
    assert chart.data["effect_without"].tolist() == pytest.approx([0.2 - one.carries for one in found.influence])


def test_the_readings_of_a_feature_stand_on_one_axis(found: s.FeatureEvidence) -> None:
    chart = readings(found, None, MADE_OF, False, trust_words.PLAIN, prostate())
    assert list(chart.figure.layout.yaxis.ticktext) == ["effect", "each run", "given the label", "with its group"]
    alone = chart.figure.data[-1]
    assert (tuple(alone.x), tuple(alone.y)) == ((0.25, 0.15), (1, 1))
    assert chart.title == "Stronger: effect +0.20, given the label +0.02, in 1 of 2 runs"
    assert "given the label +0.02 [−0.05, 0.09]" in chart.alt
    assert "Runs alone: +0.25, +0.15." in chart.alt
    assert chart.data["reading"].tolist() == ["effect", "given the label", "with its group", "run 1", "run 2"]
    one_run = readings(found.model_copy(update={"by_run": [0.2]}), None, MADE_OF, True, trust_words.PLAIN, prostate())
    assert "each run" not in one_run.figure.layout.yaxis.ticktext
    labelled = TRUST_OF_VERSION_1.model_copy(update={"label": ["IDH (2 classes)"]})
    named = readings(found, labelled, MADE_OF, False, trust_words.PLAIN, built_in("brain-glioma-mri"))
    assert "decoded with IDH status (2 classes) known" in named.caption


def test_the_held_out_values_say_which_r2_they_show(found: s.FeatureEvidence) -> None:
    assert "this is R² above chance." in held_out(found, MADE_OF, False).caption
    first = trust_words.of(TRUST_OF_VERSION_1, [])
    assert "this is cross-validated R²." in held_out(found, MADE_OF, False, first).caption


def test_the_chance_level_is_said(found: s.FeatureEvidence) -> None:
    text = numbers_of(found, trust_words.PLAIN)
    assert "R² above chance 0.30 → 0.50 (pure noise reaches −0.05 before and −0.04 after, already taken off)" in text
    assert chance(trusted_row("f", 0.1, 0.2, "stronger")) == ""
