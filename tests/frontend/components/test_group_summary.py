"""The sentence on top of the Groups page."""

from frontend.components.group_summary import answer, trust_answer
from tests.frontend.charts.rows import group, weighed


def test_a_group_below_zero_in_both_stages_never_changed_most() -> None:
    told = answer([group("T2_glcm", 0.10, 0.12), group("ADC_glcm", -3.0, -1.0)])
    assert "T2 · GLCM is decoded best (the paper's held-out R² 0.12)" in told
    assert "T2 · GLCM changed most: it is decoded better" in told
    assert "ADC" not in told


def test_a_group_that_was_lost_is_named_and_none_is_called_best() -> None:
    told = answer([group("T2_glcm", 0.40, -0.10), group("ADC_glcm", -3.0, -1.0)])
    assert told.startswith(
        "After fine-tuning no group can be decoded: the paper's held-out R² is zero or below for each."
    )
    assert "T2 · GLCM changed most: it is decoded worse" in told
    assert "no group can be decoded" in trust_answer([weighed("T2_glcm", -0.4, -0.2, 0.2, "not_decodable")])


def test_at_the_control_floor_nothing_is_decoded() -> None:
    rows = [weighed("T1ce_ngtdm", 0.03, 0.024, 0.0, "too_few"), weighed("T1_glcm", 0.01, 0.0, 0.0, "too_few")]
    assert trust_answer(rows, floor=0.04) == (
        "After fine-tuning no group can be decoded: T1ce · NGTDM has the highest R² above chance, 0.02, and the "
        "control floor is 0.04. Of 2 groups: 0 stronger, 0 weaker, 2 not flagged (too few patients)."
    )
    assert "T1ce · NGTDM is decoded best (R² above chance 0.02)" in trust_answer(rows, floor=0.01)


def test_where_nothing_is_above_zero_nothing_changed() -> None:
    assert "changes below zero say nothing" in answer([group("ADC_glcm", -3.0, -1.0)])
