from dataclasses import replace

import pandas as pd
import pytest

from backend.science.analysis.report_causes import UseReport
from backend.science.analysis.report_trust import (
    FlaggedRankings,
    GroupEffect,
    LabelReport,
    RankStability,
    RunsReport,
    TrustReport,
)
from backend.science.report.summary_text import MADE_BEFORE, overview, sentences_of
from backend.science.trust.jackknife.flags import FLAGS

TRUST = TrustReport(
    shared_change=-0.02,
    shared_change_se=0.01,
    permutation_floor=0.05,
    flags={},
    median_se=0.05,
    rankings=FlaggedRankings((), ()),
    decoders={},
    representation={},
    stability=RankStability(0.5, 0.5, 10),
    swap=(),
)
LABEL = LabelReport(("pirads (4 classes)",), -0.01, (), 0)
COLUMNS = ["grouping", "group", "trust_r2_pre", "trust_r2_ft", "delta_r2", "delta_r2_low", "delta_r2_high"]
COLUMNS += ["effect", "flag", "effect_given_label"]


def groups(*rows):
    return pd.DataFrame(
        [("modality_class", *row) for row in rows] + [("class", "glcm", 0.0, 0.9)],
        columns=["grouping", "group", "r2_pre", "r2_ft"],
    )


def trusted(*rows, counts=None):
    table = pd.DataFrame([("modality_class", *row, *[None] * (9 - len(row))) for row in rows], columns=COLUMNS)
    counts = counts or {"stronger": 10, "weaker": 5, "unchanged": 60, "not_decodable": 20, "underpowered": 5}
    overall = pd.DataFrame([{"grouping": "overall"} | {f"n_{flag}": counts.get(flag, 0) for flag in FLAGS}])
    return pd.concat([table.astype({"effect_given_label": float}), overall])


QUIET = ("T2_glcm", 0.30, 0.31, 0.01, -0.02, 0.04, 0.01, "unchanged")
UP = ("ADC_firstorder", 0.41, 0.49, 0.08, 0.05, 0.11, 0.09, "stronger")
DOWN = ("DWI_glrlm", 0.30, 0.12, -0.18, -0.25, -0.11, -0.17, "weaker")


def told(*rows, trust=TRUST, n=300, most_moved=False, counts=None, task=None):
    return sentences_of(trusted(*rows, counts=counts), n, n, task, trust, most_moved)


def test_the_best_and_the_worst_group_are_named_with_their_numbers():
    table = groups(("T2_glrlm", 0.41, 0.49), ("DWI_firstorder", 0.30, 0.12), ("ADC_glcm", 0.20, 0.21))
    assert sentences_of(table, 300, 290, "PI-RADS", None)[:-1] == [
        "After fine-tuning for PI-RADS T2 GLRLM is decoded better (held-out R² 0.41 to 0.49, +0.08).",
        "After fine-tuning for PI-RADS DWI First order is decoded less well (held-out R² 0.30 to 0.12, −0.18).",
        "1 of 3 decodable groups (modality by class) moved by 0.03 or less; 0 groups cannot be decoded in either "
        "stage.",
    ]


def test_groups_that_were_never_decodable_do_not_count_as_lost():
    assert sentences_of(groups(("T2_glcm", -0.1, -0.9), ("ADC_glcm", 0.2, 0.2)), 300, 300, None, None)[:-1] == [
        "1 of 1 decodable groups (modality by class) moved by 0.03 or less; 1 groups cannot be decoded in either stage."
    ]


def test_nothing_decodable_says_that_nothing_can_be_said():
    sentences = sentences_of(groups(("T2_glcm", -0.1, float("nan"))), 300, 300, None, None)[:-1]
    assert len(sentences) == 1
    assert "nothing can be said about change" in sentences[0]


def test_small_cohorts_and_a_missing_trust_block_are_said():
    sentences = sentences_of(groups(("T2_glcm", 0.3, 0.3)), 50, 48, None, None)
    assert sentences[-2] == "48 patients with 50 studies: read groups; changes of single features are mostly missed."
    assert "can have the wrong sign" in sentences[-1]


def test_with_trust_flagged_groups_come_first_with_their_intervals():
    assert told(QUIET, UP, DOWN, task="PI-RADS") == [
        "After fine-tuning for PI-RADS the encoder carries more ADC First order (R² 0.41 → 0.49, +0.08 [0.05, 0.11]).",
        "After fine-tuning for PI-RADS the encoder carries less DWI GLRLM (R² 0.30 → 0.12, −0.18 [−0.25, −0.11]).",
        "No label was given, so a gain may only go with what the task learned; give it to tell.",
        "Of 100 features 10 % are carried more strongly and 5 % more weakly; 60 % show no change of their own beyond "
        "their interval and the margin; 5 % cannot be judged in a cohort of this size; 20 % cannot be decoded in "
        "either stage.",
    ]


def test_kept_is_never_called_more_and_the_shared_change_is_named():
    kept = ("T2_glcm", 0.40, 0.38, -0.02, -0.05, 0.01, 0.18, "kept")
    lost = [
        (f"T2_{name}", 0.4, 0.1, -0.3, -0.4, -0.2, -size, "weaker")
        for name, size in zip("abcd", range(9, 5, -1), strict=True)
    ]
    sentences = told(kept, *lost, trust=replace(TRUST, shared_change=-0.5))
    assert sentences[0] == (
        "T2 GLCM (R² 0.40 → 0.38, −0.02 [−0.05, 0.01]) lost less than the typical feature after fine-tuning; it is "
        "not carried more."
    )
    assert sentences[1].startswith("After fine-tuning the encoder carries less T2 a (R² 0.40 → 0.10, −0.30")
    assert sentences[1].endswith(" and 2 more groups.")
    assert told(kept, *lost[:3])[1].endswith(" and 1 more group.")
    assert sentences[2].startswith("The typical feature lost 50 % of its R² (shared change)")


def test_where_most_groups_gained_an_untouched_one_is_not_called_less():
    still = ("T2_glcm", 0.40, 0.39, -0.01, -0.04, 0.02, -0.12, "weaker")
    told_so = told(still, UP, most_moved=True, trust=replace(TRUST, label=LABEL))
    assert told_so[1].startswith("T2 GLCM (R² 0.40 → 0.39, −0.01 [−0.04, 0.02]) gained less than the typical feature")
    assert "carries less T2 GLCM" in told(still, UP)[1]
    fell = ("T2_glcm", 0.40, 0.30, -0.10, -0.14, -0.06, -0.22, "weaker")
    assert "carries less T2 GLCM" in told(fell, UP, most_moved=True)[1]


def test_what_goes_with_the_label_is_said_apart():
    borne = ("ADC_glcm", 0.3, 0.4, 0.1, 0.05, 0.15, 0.1, "label_borne", 0.01)
    sentences = told(borne, (*UP, 0.06), trust=replace(TRUST, label=LABEL))
    assert sentences[0].startswith("After fine-tuning the encoder carries more ADC First order (")
    assert sentences[1] == (
        "ADC GLCM (R² 0.30 → 0.40, +0.10 [0.05, 0.15]) is decoded better because it goes with the label "
        "pirads (4 classes); given the label no gain is shown."
    )
    assert sentences[2] == (
        "Given the label pirads (4 classes), the effect of what is carried more is +0.06 (without: +0.09)."
    )
    assert not any("No label was given" in sentence for sentence in sentences)


def test_a_label_that_could_not_be_given_is_not_called_missing():
    use = UseReport("own (90 classes)", False, 0.0, -0.1, 0.1, {}, ())
    sentences = told(UP, trust=replace(TRUST, use=use))
    assert "The label own (90 classes) could not be given, so a gain may only go with it." in sentences
    assert not any("No label was given" in sentence for sentence in sentences)


def effect(group, flag, by_run, half=0.05):
    mean = sum(by_run) / len(by_run)
    agree = sum(abs(one) > 0.03 and one * mean > 0 for one in by_run)
    return GroupEffect(group, mean, mean - half, mean + half, flag, tuple(by_run), agree)


def test_runs_say_in_how_many_and_what_only_one_saw():
    runs = RunsReport(
        5,
        tuple("abcde"),
        {},
        (
            effect("ADC_firstorder", "stronger", [0.1, 0.08, 0.02, 0.12, 0.09]),
            effect("T2_glcm", "unchanged", [0.12, 0.0, -0.01, 0.01, 0.0]),
        ),
    )
    sentences = told(QUIET, UP, trust=replace(TRUST, runs=runs))
    assert "+0.08 [0.05, 0.11]; in 4 of 5 runs)." in sentences[0]
    assert "Seen in single runs only, not in their mean: T2 GLCM (1 of 5 runs). One run is one draw." in sentences
    steady = replace(runs, groups=runs.groups[:1])
    assert any(
        "No group stands out in single runs only, among 5 runs." in one
        for one in told(QUIET, UP, trust=replace(TRUST, runs=steady))
    )


@pytest.mark.parametrize(
    ("rows", "control", "words"),
    [
        ([UP], "stronger", "The same group changes when labels are shuffled (2 control runs on shuffled labels): ADC"),
        ([UP], "unchanged", "None of these groups is shown to change when labels are shuffled (2 control runs"),
        ([QUIET], "kept", "1 group changes when labels are shuffled"),
        ([QUIET], "unchanged", "No change is shown when labels are shuffled either (2 control runs on shuffled"),
    ],
)
def test_controls_stand_beside(rows, control, words):
    controls = RunsReport(2, ("x", "y"), {}, (effect("ADC_firstorder", control, [0.1, 0.1]),))
    assert any(words in sentence for sentence in told(*rows, trust=replace(TRUST, controls=controls)))


def test_no_flagged_group_and_a_small_cohort_are_said():
    sentences = told(("T2_glcm", 0.3, 0.31, 0.01, -0.1, 0.1, 0.01, "underpowered"), n=48)
    assert sentences[0].startswith("After fine-tuning no group of features")
    assert sentences[-1] == "48 patients: read groups; changes of single features are mostly missed."


def test_below_40_patients_there_is_no_verdict():
    row = ("T2_glcm", 0.3, 0.31, 0.01, -0.1, 0.1, 0.01, "too_few")
    assert told(row, n=39, counts={"too_few": 100}, trust=replace(TRUST, shared_change=-0.5)) == [
        "39 patients are too few for a verdict; 40 are needed. Effects are shown, and nothing is flagged."
    ]


def test_counts_include_the_probable_the_kept_and_the_label_borne():
    counts = {
        "stronger": 4,
        "probable_stronger": 16,
        "probable_weaker": 3,
        "kept": 2,
        "label_borne": 5,
        "unchanged": 70,
    }
    assert told(QUIET, counts=counts)[-1] == (
        "Of 100 features 20 % (16 % read with their group) are carried more strongly and 3 % (3 % read with their "
        "group) more weakly; 2 % lost less than the typical feature; 5 % are decoded better because they go with the "
        "label; 70 % show no change of their own beyond their interval and the margin."
    )


def test_a_table_of_version_1_lacks_flags_and_is_still_told():
    old = trusted(UP).drop(columns=["n_kept", "n_probable_stronger", "n_probable_weaker", "n_label_borne", "n_too_few"])
    sentences = sentences_of(old, 300, 300, None, replace(TRUST, replicates=200))
    assert sentences[-1].startswith("Of 100 features 10 % are carried more strongly and 5 % more weakly; 60 %")
    assert not any("label" in sentence for sentence in sentences)


def test_a_report_of_version_1_says_so(stored_version_1):
    assert overview(stored_version_1, trusted(UP))[-1] == MADE_BEFORE
    assert MADE_BEFORE not in overview(replace(stored_version_1, version=2), trusted(UP))


def test_a_hostile_task_name_brings_no_markup():
    table = groups(("T2_glcm", 0.1, 0.4))
    text = " ".join(sentences_of(table, 300, 300, "![x](http://evil.example/y) <b>*_bold_* `code` $x$", None))
    assert not set("![]<>*`$:#|~") & set(text.replace("paper's", "").replace("in particular: ", ""))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((0, 0, 3, 2508, 0), "Of 2511 features none is shown to be carried more strongly or more weakly; under 1 %"),
        ((0, 0, 3, 2508, 0), "over 99 % cannot be decoded in either stage."),
        ((0, 25, 0, 75, 0), "Of 100 features none is carried more strongly and 25 % more weakly; 75 % cannot be"),
        (
            (25, 0, 75, 0, 0),
            "Of 100 features 25 % are carried more strongly and none more weakly; 75 % show no change of their own",
        ),
    ],
)
def test_none_is_said_once_and_a_rounded_share_is_never_all_or_none(counts: tuple[int, ...], words: str):
    flags = ("stronger", "weaker", "unchanged", "not_decodable", "underpowered")
    assert words in told(QUIET, counts=dict(zip(flags, counts, strict=True)))[-1]


def test_a_common_change_is_named_beyond_its_error_and_given_the_label():
    row = ("T2_glcm", 0.3, 0.33, 0.03, -0.02, 0.08, 0.0, "unchanged")
    moved = replace(TRUST, shared_change=0.1, shared_change_se=0.03)
    assert any("The typical feature gained 10 % of its R²" in sentence for sentence in told(row, trust=moved))
    unsure = replace(moved, shared_change_se=0.06)
    assert not any("typical feature gained" in sentence for sentence in told(row, trust=unsure))
    label = LabelReport(("gland_ml (number)",), -0.01, (), 0)
    given = told(row, trust=replace(moved, label=label))
    assert "Given the label gland_ml (number) it is −1 %: this common change goes with the label." in given
    kept = told(row, trust=replace(moved, label=replace(label, shared_change_given_label=0.09)))
    assert not any("goes with the label" in sentence for sentence in kept)
