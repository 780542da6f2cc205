import pandas as pd
import pytest

from backend.science.report.summary_text import sentences_of
from backend.science.text_format import number, signed, words_only


def groups(*rows):
    return pd.DataFrame(
        [("modality_class", *row) for row in rows] + [("class", "glcm", 0.0, 0.9)],
        columns=["grouping", "group", "r2_pre", "r2_ft"],
    )


def test_the_best_and_the_worst_group_are_named_with_their_numbers():
    table = groups(("T2_glrlm", 0.41, 0.49), ("DWI_firstorder", 0.30, 0.12), ("ADC_glcm", 0.20, 0.21))
    sentences = sentences_of(table, 300, 290, "pirads", trust=False)[:-1]
    assert sentences == [
        "After fine-tuning for PI-RADS T2 GLRLM is decoded better (held-out R² 0.41 to 0.49, +0.08).",
        "After fine-tuning for PI-RADS DWI First order is decoded less well (held-out R² 0.30 to 0.12, −0.18).",
        "1 of 3 decodable groups (modality by class) moved by 0.03 or less; 0 groups cannot be decoded in either "
        "stage.",
    ]


def test_groups_that_were_never_decodable_do_not_count_as_lost():
    sentences = sentences_of(groups(("T2_glcm", -0.1, -0.9), ("ADC_glcm", 0.2, 0.2)), 300, 300, None, trust=False)[:-1]
    assert sentences == [
        "1 of 1 decodable groups (modality by class) moved by 0.03 or less; 1 groups cannot be decoded in either stage."
    ]


def test_nothing_decodable_says_that_nothing_can_be_said():
    sentences = sentences_of(groups(("T2_glcm", -0.1, float("nan"))), 300, 300, None, trust=False)[:-1]
    assert len(sentences) == 1
    assert "nothing can be said about change" in sentences[0]


def test_small_cohorts_and_a_missing_trust_block_are_said():
    sentences = sentences_of(groups(("T2_glcm", 0.3, 0.3)), 50, 48, None, trust=False)
    assert sentences[-2] == "48 patients with 50 studies: single features cannot be read, groups can."
    assert "can have the wrong sign" in sentences[-1]


def trusted(*rows, counts=(10, 5, 60, 20, 5)):
    columns = ["grouping", "group", "trust_r2_pre", "trust_r2_ft", "delta_r2", "delta_r2_low", "delta_r2_high"]
    table = pd.DataFrame([("modality_class", *row) for row in rows], columns=[*columns, "effect", "flag"])
    flags = ("stronger", "weaker", "unchanged", "not_decodable", "underpowered")
    overall = pd.DataFrame([{"grouping": "overall"} | {f"n_{f}": n for f, n in zip(flags, counts, strict=True)}])
    return pd.concat([table, overall])


def test_with_trust_flagged_groups_come_first_with_their_intervals():
    table = trusted(
        ("T2_glcm", 0.30, 0.31, 0.01, -0.02, 0.04, 0.01, "unchanged"),
        ("ADC_firstorder", 0.41, 0.49, 0.08, 0.05, 0.11, 0.09, "stronger"),
        ("DWI_glrlm", 0.30, 0.12, -0.18, -0.25, -0.11, -0.17, "weaker"),
    )
    assert sentences_of(table, 300, 300, "PI-RADS", trust=True, shared_change=-0.02) == [
        "After fine-tuning for PI-RADS the encoder carries more ADC First order (R² 0.41 → 0.49, +0.08 [0.05, 0.11]).",
        "After fine-tuning for PI-RADS the encoder carries less DWI GLRLM (R² 0.30 → 0.12, −0.18 [−0.25, −0.11]).",
        "Of 100 features 10 % are carried more strongly and 5 % more weakly; 60 % did not change beyond their interval "
        "and the margin; 5 % cannot be judged in a cohort of this size; 20 % cannot be decoded in either stage.",
    ]


def test_a_change_against_the_common_one_is_said_as_such_and_b_is_named():
    table = trusted(
        ("T2_glcm", 0.40, 0.38, -0.02, -0.05, 0.01, 0.18, "stronger"),
        *(
            (f"T2_{name}", 0.4, 0.1, -0.3, -0.4, -0.2, -size, "weaker")
            for name, size in {"a": 9, "b": 8, "c": 7, "d": 6}.items()
        ),
    )
    sentences = sentences_of(table, 300, 300, None, trust=True, shared_change=-0.5)
    numbers = "(R² 0.40 → 0.38, −0.02 [−0.05, 0.01])"
    assert sentences[0] == f"T2 GLCM {numbers} lost less than the other features after fine-tuning."
    assert sentences[1].startswith("After fine-tuning the encoder carries less T2 a (R² 0.40 → 0.10, −0.30")
    assert sentences[1].endswith(" and 2 more groups.")
    assert sentences[2].startswith("All features together lost about 50% of their R²")


def test_no_flagged_group_and_a_small_cohort_are_said():
    table = trusted(("T2_glcm", 0.3, 0.31, 0.01, -0.1, 0.1, 0.01, "underpowered"))
    sentences = sentences_of(table, 48, 48, None, trust=True, shared_change=float("nan"))
    assert sentences[0].startswith("After fine-tuning no group of features")
    assert sentences[-1] == "48 patients: single features cannot be read, groups can."
    smaller = sentences_of(table, 24, 24, None, trust=True, shared_change=-0.5)
    assert smaller[-1] == "24 patients: single features cannot be read, and groups only with great care."
    assert not any("All features together" in sentence for sentence in smaller)


def test_a_hostile_task_name_brings_no_markup():
    table = groups(("T2_glcm", 0.1, 0.4))
    text = " ".join(sentences_of(table, 300, 300, "![x](http://evil.example/y) <b>*_bold_* `code` $x$", trust=False))
    assert not set("![]<>*`$:#|~") & set(text.replace("paper's", "").replace("in particular: ", ""))


@pytest.mark.parametrize(("value", "word"), [(-0.004, "0.00"), (-0.126, "−0.13"), (1.0, "1.00")])
def test_numbers_have_two_digits_and_a_real_minus(value, word):
    assert number(value) == word


def test_changes_carry_their_sign():
    assert (signed(0.081), signed(-0.18), signed(-0.001)) == ("+0.08", "−0.18", "+0.00")


def test_plain_keeps_ordinary_names():
    assert words_only("lesion_seg, stage 2 (ISUP +1)") == "lesion_seg, stage 2 (ISUP +1)"


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((0, 0, 3, 2508, 0), "Of 2511 features none is carried more strongly or more weakly; under 1 % did not change"),
        ((0, 0, 3, 2508, 0), "over 99 % cannot be decoded in either stage."),
        ((0, 25, 0, 75, 0), "Of 100 features none is carried more strongly and 25 % more weakly; 75 % cannot be"),
        ((25, 0, 75, 0, 0), "Of 100 features 25 % are carried more strongly and none more weakly; 75 % did not change"),
    ],
)
def test_none_is_said_once_and_a_rounded_share_is_never_all_or_none(counts: tuple[int, ...], told: str):
    table = trusted(("T2_glcm", 0.3, 0.3, 0.0, -0.02, 0.02, 0.0, "unchanged"), counts=counts)
    assert told in sentences_of(table, 300, 300, None, trust=True)[1]
