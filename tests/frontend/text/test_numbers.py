from datetime import UTC, datetime

import pytest

from frontend.text import numbers


@pytest.mark.parametrize(
    ("value", "text"), [(0.409, "0.41"), (-0.084, "−0.08"), (-0.001, "0.00"), (None, "–"), (float("nan"), "–")]
)
def test_r2_has_two_digits_and_a_real_minus(value: float | None, text: str) -> None:
    assert numbers.r2(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.08, "+0.08"), (-0.11, "−0.11"), (0.004, "0.00"), (None, "–")])
def test_a_change_is_signed(value: float | None, text: str) -> None:
    assert numbers.change(value) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((0.08, 0.05, 0.11), "+0.08 [0.05, 0.11]"),
        ((-0.01, -0.04, 0.02), "−0.01 [−0.04, 0.02]"),
        ((0.08, None, None), "+0.08"),
        ((None, None, None), "–"),
    ],
)
def test_an_effect_has_its_interval_in_brackets(values: tuple[float | None, ...], text: str) -> None:
    assert numbers.effect(*values) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0004, "< 0.001"), (0.004, "0.004"), (0.0312, "0.03"), (1.0, "1.00"), (None, "–")]
)
def test_a_q_never_reads_as_zero(value: float | None, text: str) -> None:
    assert numbers.q(value) == text


@pytest.mark.parametrize(("value", "text"), [(-0.1234, "−12 %"), (0.05, "+5 %"), (-0.001, "0 %"), (None, "–")])
def test_a_percentage_is_whole_and_signed(value: float | None, text: str) -> None:
    assert numbers.percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.7301, "0.730"), (12.44, "12.4"), (1249.6, "1\u202f250"), (0.0, "0.00")])
def test_an_importance_has_three_significant_digits(value: float, text: str) -> None:
    assert numbers.importance(value) == text


@pytest.mark.parametrize(
    ("pre", "ft", "text"),
    [(0.73, 0.95, "+0.220"), (0.95, 0.73, "−0.220"), (0.85, 0.85005, "0.000"), (12.0, 10.0, "−2.0"), (None, 1.0, "–")],
)
def test_a_change_of_importance_has_the_digits_of_its_level(pre: float | None, ft: float, text: str) -> None:
    assert numbers.importance_change(pre, ft) == text


def test_counts_have_thin_spaces_and_nouns_agree() -> None:
    assert numbers.count(1790) == "1\u202f790"
    assert numbers.counted(1, "study", "studies") == "1 study"
    assert numbers.counted(46, "study", "studies") == "46 studies"
    assert numbers.counted(2, "job") == "2 jobs"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12, "under a minute"), (170, "3 min"), (3600, "1 h"), (7800, "2 h 10 min"), (None, "–")],
)
def test_times_are_said_as_people_say_them(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_a_day_has_a_time_and_a_hash_is_short() -> None:
    assert numbers.day(datetime(2026, 11, 3, 9, 5, tzinfo=UTC)) == "3 Nov 2026, 09:05"
    assert numbers.short_hash("3f9cab" + "0" * 58) == "3f9c"
