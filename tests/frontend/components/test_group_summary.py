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


def test_where_nothing_is_above_zero_nothing_changed() -> None:
    assert "changes below zero say nothing" in answer([group("ADC_glcm", -3.0, -1.0)])
