import pandas as pd
import pytest

from backend.science.sentences import overview
from backend.science.wording import number, plain, signed


def groups(*rows):
    return pd.DataFrame(
        [("modality_class", *row) for row in rows] + [("class", "glcm", 0.0, 0.9)],
        columns=["grouping", "group", "r2_pre", "r2_ft"],
    )


def test_the_best_and_the_worst_group_are_named_with_their_numbers():
    table = groups(("T2_glrlm", 0.41, 0.49), ("DWI_firstorder", 0.30, 0.12), ("ADC_glcm", 0.20, 0.21))
    sentences = overview(table, 300, 290, "pirads", trust=True)
    assert sentences == [
        "After fine-tuning for pirads T2 GLRLM is decoded better (held-out R² 0.41 to 0.49, +0.08).",
        "After fine-tuning for pirads DWI First order is decoded less well (held-out R² 0.30 to 0.12, −0.18).",
        "1 of 3 decodable groups (modality by class) moved by 0.03 or less; 0 groups cannot be decoded in either "
        "stage.",
    ]


def test_groups_that_were_never_decodable_do_not_count_as_lost():
    sentences = overview(groups(("T2_glcm", -0.1, -0.9), ("ADC_glcm", 0.2, 0.2)), 300, 300, None, trust=True)
    assert sentences == [
        "1 of 1 decodable groups (modality by class) moved by 0.03 or less; 1 groups cannot be decoded in either stage."
    ]


def test_nothing_decodable_says_that_nothing_can_be_said():
    sentences = overview(groups(("T2_glcm", -0.1, float("nan"))), 300, 300, None, trust=True)
    assert len(sentences) == 1
    assert "nothing can be said about change" in sentences[0]


def test_small_cohorts_and_a_missing_trust_block_are_said():
    sentences = overview(groups(("T2_glcm", 0.3, 0.3)), 50, 48, None, trust=False)
    assert sentences[-2].startswith("48 patients, 50 studies: underpowered for single features")
    assert "can have the wrong sign" in sentences[-1]


def test_a_hostile_task_name_brings_no_markup():
    table = groups(("T2_glcm", 0.1, 0.4))
    text = " ".join(overview(table, 300, 300, "![x](http://evil.example/y) <b>*_bold_* `code` $x$", trust=False))
    assert not set("![]<>*`$:#|~") & set(text.replace("paper's", "").replace("in particular: ", ""))


@pytest.mark.parametrize(("value", "word"), [(-0.004, "0.00"), (-0.126, "−0.13"), (1.0, "1.00")])
def test_numbers_have_two_digits_and_a_real_minus(value, word):
    assert number(value) == word


def test_changes_carry_their_sign():
    assert (signed(0.081), signed(-0.18), signed(-0.001)) == ("+0.08", "−0.18", "+0.00")


def test_plain_keeps_ordinary_names():
    assert plain("lesion_seg, stage 2 (ISUP +1)") == "lesion_seg, stage 2 (ISUP +1)"
