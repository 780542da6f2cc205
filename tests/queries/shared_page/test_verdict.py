"""The verdict says what the flags say, in words, and never more."""

import itertools
from dataclasses import replace

import pytest

from backend.queries.shared_page.verdict import leading, verdict
from backend.science.trust.jackknife.flags import FLAGS
from tests.queries.shared_page.lines import GAIN, LOSS, findings, line


def test_a_gain_is_said_with_its_people_and_that_it_is_no_chance() -> None:
    found = verdict(findings(line("stronger", given_label_low=0.05), line("unchanged", "ADC_glcm")))
    assert found.kind == "change"
    assert found.headline == ("After training to predict PI-RADS, the model represents coarseness on T2 more strongly.")
    assert found.sentences == [
        "This was seen in 600 patients, and is unlikely to be chance.",
        "It does not only follow from PI-RADS: a gain remains once PI-RADS is known.",
    ]


def test_a_gain_that_may_go_with_the_label_is_not_called_its_own() -> None:
    known = verdict(findings(line("stronger", given_label_low=-0.01)))
    assert known.sentences[1] == "How much of the gain follows from PI-RADS itself is not certain."
    unknown = verdict(findings(line("stronger"), label=""))
    assert unknown.sentences[1] == "Whether the gain only follows from what the model was trained for was not examined."


def test_what_follows_from_the_label_is_said_to() -> None:
    groups = [line("label_borne", f"{modality}_ngtdm", runs_agree=5) for modality in ("T2", "DWI", "ADC")]
    fields = {"training": "training to estimate gland volume", "label": "gland volume", "n_runs": 5, "n_patients": 120}
    found = verdict(findings(*groups, **fields))
    assert found.kind == "label_borne"
    assert found.headline == (
        "After training to estimate gland volume, the model represents coarseness on T2, DWI and ADC more strongly."
    )
    assert found.sentences == [
        "This was seen in 120 patients and in all five trainings, and is unlikely to be chance.",
        "It follows from gland volume itself: once gland volume is known, no further gain is shown.",
    ]


def test_both_directions_are_said_the_larger_first() -> None:
    found = verdict(findings(line("stronger"), line("weaker", "ADC_glcm", delta=-0.3), line("label_borne", "T2_glszm")))
    assert found.headline.endswith("the model represents fine texture on ADC less strongly.")
    assert found.sentences[0] == "It represents coarseness on T2 more strongly."
    assert found.sentences[-1] == "Patchiness on T2 gained too, but that follows from PI-RADS itself."


@pytest.mark.parametrize(
    ("agree", "words"),
    [
        ((3, 3), " and in 3 of 5 trainings,"), ((5, 4), " and in at least 4 of 5 trainings,"),
        ((5, 5), " and in all five trainings,"), ((5, None), " over five trainings,"),
    ],
)  # fmt: skip
def test_trainings_are_counted_by_the_least_sure_group(agree: tuple[int, int | None], words: str) -> None:
    groups = (line("stronger", runs_agree=agree[0]), line("stronger", "ADC_glcm", runs_agree=agree[1]))
    assert words in verdict(findings(*groups, n_runs=5)).sentences[0]


def test_what_shuffled_answers_change_too_is_said() -> None:
    groups = (line("stronger"), line("stronger", "ADC_glcm"))
    same = verdict(findings(*groups, controls={"T2_ngtdm": "stronger", "ADC_glcm": "weaker"}))
    assert same.sentences[1] == (
        "Training on shuffled answers changed coarseness on T2 too, so that need not come from the task."
    )
    none = verdict(findings(*groups, controls={"T2_ngtdm": "unchanged", "ADC_glcm": "unchanged"}))
    assert not any("shuffled" in sentence for sentence in none.sentences)


def test_only_likely_changes_are_called_so() -> None:
    feature = replace(line("probable_stronger"), name="T2_original_ngtdm_Coarseness")
    found = verdict(findings(line("unchanged"), features=(feature,)))
    assert found.kind == "likely"
    assert "probably represents some features of coarseness on T2 more strongly" in found.headline
    assert "by itself it could be chance" in found.sentences[0]


def test_an_effect_beside_the_others_is_no_gain_and_no_loss() -> None:
    kept = verdict(findings(line("kept", delta=LOSS), shared_change=-0.4))
    assert kept.kind == "null"
    assert kept.headline.endswith("represents all measured features less strongly, about alike.")
    assert "did not gain by itself" in kept.sentences[-1]
    rose = verdict(findings(line("weaker", delta=GAIN)))
    assert rose.kind == "null", "R2 rose: it only gained less than the others"
    moved = verdict(findings(line("stronger", delta=0.03), most_moved=True))
    assert moved.kind == "null", "where most moved alike, only what rose beyond its interval gained"


@pytest.mark.parametrize(
    ("flags", "headline"),
    [
        (("unchanged", "not_decodable"), "no change is shown in what the model represents"),
        (("underpowered", "not_decodable"), "This study is too small to say what training changed"),
        (("not_decodable", "not_decodable"), "cannot be read from the model, neither before nor after"),
    ],
)
def test_nothing_shown_is_said_plainly(flags: tuple[str, str], headline: str) -> None:
    found = verdict(findings(line(flags[0]), line(flags[1], "ADC_glcm")))
    assert found.kind == "null"
    assert headline in found.headline


@pytest.mark.parametrize("code", ["too_few_patients", "rows_mismatched", "collapse", "trust_version_1"])
def test_what_stops_a_reading_stops_the_verdict(code: str) -> None:
    found = findings(line("stronger"), stops=(code,))
    told = verdict(found)
    assert told.kind == "stopped"
    assert "strongly" not in told.headline
    assert leading(found) == []
    assert verdict(findings(line("stronger"), has_trust=False)).kind == "stopped"


def test_no_verdict_claims_more_than_the_flags() -> None:
    """Every pair of flags, each way of R2, with and without label, controls, common changes: claims are checked."""
    moves = (GAIN, LOSS, 0.0)
    cases = itertools.product(FLAGS, FLAGS, moves, moves, ("", "PI-RADS"), (False, True), (None, 0.3, -0.3))
    seen = set()
    for first, second, one, other, label, most_moved, shared in cases:
        groups = (line(first, delta=one), line(second, "ADC_glcm", delta=other))
        found = verdict(findings(*groups, label=label, most_moved=most_moved, shared_change=shared))
        seen.add(found.kind)
        flags = {first, second}
        text = " ".join([found.headline, *found.sentences])
        if found.kind == "null":
            assert "unlikely to be chance" not in text
            assert " more strongly" not in found.headline or shared == 0.3
            assert " less strongly" not in found.headline or shared == -0.3
            continue
        gained = {flag for flag, moved in ((first, one), (second, other)) if moved > 0}
        lost = {flag for flag, moved in ((first, one), (second, other)) if moved < 0}
        assert "more strongly" not in text or gained & {"stronger", "probable_stronger", "label_borne"}
        assert "less strongly" not in text or lost & {"weaker", "probable_weaker"}
        assert "unlikely to be chance" not in text or flags & {"stronger", "weaker", "label_borne"}
        assert "follows from PI-RADS itself:" not in text or "label_borne" in flags
        assert "does not only follow" not in text, "no interval given the label lies above zero here"
        assert found.kind != "likely" or "probably" in found.headline
        assert (found.kind == "label_borne") <= ("label_borne" in flags)
    assert seen == {"change", "label_borne", "likely", "null"}


def test_fewer_than_five_people_are_not_counted_out() -> None:
    assert "fewer than 5 patients" in verdict(findings(line("stronger"), n_patients=4)).sentences[0]
