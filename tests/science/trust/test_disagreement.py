import pytest

from backend.science.trust.disagreement import disagreement


def row(**changes):
    usual = {"delta_i": -0.2, "flag": "stronger", "r2_pre": 0.3, "r2_ft": 0.5, "delta_r2": 0.2, "effect": 0.2}
    usual |= {"ci_low": 0.1, "ci_high": 0.3, "q": 0.01, "control_floor": 0.02, "swap_delta_i": -0.1}
    return usual | changes


def test_agreement_needs_no_explanation():
    assert disagreement(row(delta_i=0.2, swap_delta_i=0.1), 1.0, -0.1).sentences == []


def test_a_grown_signal_with_smaller_weights():
    first, second = disagreement(row(), 1.0, 0.0).sentences
    assert first == "ΔI says lost; held-out decoding says gained (R² 0.30 → 0.50; effect +0.20, interval 0.10 to 0.30)."
    assert "needs smaller weights" in second


def test_a_faded_signal_with_larger_weights():
    told = disagreement(
        row(delta_i=0.2, flag="weaker", effect=-0.2, delta_r2=-0.2, swap_delta_i=0.1), 1.0, 0.0
    ).sentences
    assert "needs larger weights" in told[1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"flag": "not_decodable", "r2_pre": -0.1, "r2_ft": 0.0}, "its weights fit noise"),
        ({"flag": "unchanged", "ci_low": -0.1, "ci_high": 0.2, "effect": 0.05}, "the interval includes zero"),
        ({"flag": "unchanged", "ci_low": 0.01, "ci_high": 0.03, "effect": 0.02}, "smaller than the margin of 0.03"),
        (
            {"flag": "unchanged", "ci_low": 0.01, "ci_high": 0.09, "effect": 0.05, "q": 0.3},
            "not beyond chance (q = 0.30",
        ),
        ({"flag": "underpowered", "ci_low": -0.2, "ci_high": 0.3}, "too small to see a change of 0.15"),
    ],
)
def test_a_shift_that_decoding_does_not_confirm(changes, words):
    told = disagreement(row(**changes), 1.0, None).sentences
    assert words in told[0]
    assert len(told) == 1


def test_a_common_scale_a_turned_swap_and_a_common_loss_are_named():
    told = disagreement(row(swap_delta_i=0.3, r2_ft=0.28, delta_r2=-0.02), 0.54, -0.5).sentences
    assert any("the middle one to 0.54 of its size" in one for one in told)
    assert any("fitted on the fine-tuned stage ΔI changes its sign" in one for one in told)
    assert told[-1] == (
        "Its own R² changed by −0.02; the typical feature lost 50 % of its R² (shared change −0.50), and this one lost "
        "less."
    )


def test_a_missing_swap_says_nothing():
    assert len(disagreement(row(swap_delta_i=float("nan")), 1.0, None).sentences) == 2
    assert len(disagreement(row(swap_delta_i=None), 1.0, None).sentences) == 2


CODES = ("weights", "scale", "noise", "drift", "swap", "shared", "label", "runs")


def reason(code, shared_change=0.0, **changes):
    return {one.code: one for one in disagreement(row(**changes), 1.0, shared_change).reasons}[code]


def test_every_reason_stands_there_in_one_order_and_the_shared_change_in_words():
    found = disagreement(row(), 1.0, -0.1)
    assert tuple(one.code for one in found.reasons) == CODES
    assert [one.code for one in found.reasons if one.applies] == ["weights"]
    shared = reason("shared", -0.1)
    assert "(shared change −0.10)" in shared.sentence
    assert shared.value == -0.1
    assert "ΔR² +0.20 that is −0.03, and +0.20 is what differs from it" in shared.sentence
    assert "no shared change is taken off" in reason("shared", None).sentence


@pytest.mark.parametrize(
    ("flag", "delta_i", "disagrees", "words"),
    [
        ("probable_stronger", 0.2, False, "both say gained (probably: read with its group)"),
        ("probable_weaker", -0.2, False, "both say lost (probably: read with its group)"),
        ("kept", -0.2, True, "decoding says kept (it lost less than the typical feature)"),
        ("kept", 0.2, True, "ΔI says gained; held-out decoding says kept"),
        ("label_borne", 0.2, True, "both say gained (because it goes with the label)"),
        ("too_few", 0.2, True, "there are too few patients for a verdict"),
    ],
)
def test_every_flag_has_its_words(flag, delta_i, disagrees, words):
    found = disagreement(row(flag=flag, delta_i=delta_i), 1.0, 0.0)
    assert found.disagrees is disagrees
    assert words in found.headline


def test_a_feature_whose_group_did_not_change_has_no_q():
    told = disagreement(row(flag="unchanged", ci_low=0.01, ci_high=0.09, effect=0.05, q=float("nan")), 1.0, None)
    assert "its group as a whole is not shown to change" in told.headline


def test_a_change_that_goes_with_the_label_says_how_much():
    given = {"effect_given_label": 0.02, "given_label_low": -0.05, "given_label_high": 0.09, "label_borne": 0.18}
    found = reason("label", flag="label_borne", **given)
    assert found.applies
    assert found.value == 0.18
    assert found.sentence == (
        "Of the effect +0.20, +0.18 goes with the label and +0.02 is left given the label, interval −0.05 to 0.09: it "
        "is decoded better because it goes with the label."
    )
    assert not reason("label", **given).applies
    assert "There is no effect given a label" in reason("label").sentence


def test_a_change_that_not_every_run_shows_says_in_how_many():
    some = reason("runs", n_runs=5, n_runs_agree=3)
    assert some.applies
    assert some.sentence == ("In 3 of 5 runs the effect alone has this direction and is beyond 0.03: not in every run.")
    assert not reason("runs", n_runs=5, n_runs_agree=5).applies
    assert "whether another would change this feature again" in reason("runs", n_runs=1, n_runs_agree=1).sentence
    assert "whether another" in reason("runs").sentence


def test_an_agreement_says_so_and_blames_nothing():
    found = disagreement(row(delta_i=0.2, swap_delta_i=-0.1), 0.5, 0.0)
    assert not found.disagrees
    assert found.headline.startswith("ΔI and held-out decoding both say gained")
    assert not any(one.applies for one in found.reasons)


def test_content_that_left_the_frozen_projection_is_drift():
    moved = row(paper_r2_pre=0.4, paper_r2_ft=0.1, delta_r2=0.02, effect=0.02, flag="unchanged", ci_low=-0.1)
    drift = {one.code: one for one in disagreement(moved, 1.0, 0.0).reasons}["drift"]
    assert drift.applies
    assert drift.value == pytest.approx(-0.32)
    assert "changed by −0.30; read from the embedding itself by +0.02" in drift.sentence
    still = {one.code: one for one in disagreement(moved | {"paper_r2_ft": 0.41}, 1.0, 0.0).reasons}["drift"]
    assert not still.applies
