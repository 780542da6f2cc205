"""Scores are called after what was learnt."""

from frontend.text.score_words import count_words, score_words, short_words
from shared.protocols.reader import built_in, prostate

BRAIN = built_in("brain-glioma-mri")


def test_errors_have_the_unit_of_the_target() -> None:
    assert score_words(prostate(), "volume")["mae"] == "Mean error, mL"
    assert short_words(prostate(), "volume")["mae"] == "mean error, mL"
    assert score_words(BRAIN, "grade")["mae"] == "Mean error, grades"
    assert score_words(BRAIN, "survival")["mae"] == score_words(BRAIN, None)["mae"] == "Mean error"


def test_scores_of_a_mask_name_its_region() -> None:
    assert score_words(BRAIN, "tumor_seg")["dice"] == "Dice, mean over studies with tumor"
    assert score_words(prostate(), "lesion_seg")["clear_share"] == "Studies without lesion left clear"
    assert score_words(prostate(), "pirads")["dice"] == score_words(prostate(), "of tables")["dice"]


def test_counts_are_read_with_their_names() -> None:
    assert count_words({"wildtype": 12, "mutant": 3}) == "wildtype: 12, mutant: 3"
    assert count_words({"studies": 9, "with_mask": 4}) == "studies: 9, with mask: 4"
