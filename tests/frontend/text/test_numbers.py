import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.text import numbers


@pytest.mark.parametrize(
    ("value", "text"), [(0.409, "0.41"), (-0.084, "−0.08"), (-0.001, "0.00"), (None, "–"), (float("nan"), "–")]
)
def test_r2_has_two_digits_and_a_real_minus(value: float | None, text: str) -> None:
    assert numbers.r2(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.08, "+0.08"), (-0.11, "−0.11"), (0.004, "0.00"), (None, "–")])
def test_a_change_is_signed(value: float | None, text: str) -> None:
    assert numbers.change(value) == text


@pytest.mark.parametrize(("value", "drawn"), [(-0.004, 0.0), (0.0049, 0.0), (-0.005, -0.005), (0.08, 0.08)])
def test_a_table_of_two_digits_has_no_minus_zero(value: float, drawn: float) -> None:
    assert numbers.drawn_zero(value) == drawn
    assert not f"{numbers.drawn_zero(value):.2f}".startswith("-0.00")


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
    assert numbers.day(datetime(2026, 11, 3, 9, 5, tzinfo=UTC)) == "3 Nov 2026, 09:05 UTC"
    assert numbers.short_hash("3f9cab" + "0" * 58) == "3f9c"


def test_a_time_is_of_utc_wherever_it_was_taken() -> None:
    elsewhere = datetime(2026, 11, 3, 1, 5, 2, tzinfo=timezone(timedelta(hours=-8)))
    assert numbers.day(elsewhere) == "3 Nov 2026, 09:05 UTC"
    assert numbers.clock(elsewhere) == "09:05:02 UTC"


ANY = (
    st.floats(-1e300, 1e300)
    | st.sampled_from([math.nan, math.inf, -math.inf])
    | st.floats(-2, 2)
    | st.just(-0.0)
    | st.none()
)
ONE_VALUE = [numbers.r2, numbers.change, numbers.fine_change, numbers.percent, numbers.importance]
FORM = re.compile(r"(< )?[+−]?\d{1,3}(\u202f\d{3})*(\.\d+)?( %)?")
NOTHING = re.compile(r"[+−]0*(\.0*)?( %)?")


@pytest.mark.parametrize("written", ONE_VALUE, ids=lambda written: written.__name__)
@given(value=ANY)
def test_every_number_is_set_alike_and_zero_has_no_sign(written: Callable[[float | None], str], value: float) -> None:
    text = written(value)
    assert FORM.fullmatch(text) or text == numbers.NONE
    assert not NOTHING.fullmatch(text)
    assert (text == numbers.NONE) == (value is None or not math.isfinite(value))


@given(value=st.floats(0, 1))
def test_a_p_value_is_set_as_other_numbers(value: float) -> None:
    assert FORM.fullmatch(numbers.q(value))


@given(pre=st.floats(-1e6, 1e6), ft=st.floats(-1e6, 1e6))
def test_a_change_of_importance_is_set_as_other_numbers(pre: float, ft: float) -> None:
    text = numbers.importance_change(pre, ft)
    assert FORM.fullmatch(text)
    assert not NOTHING.fullmatch(text)


@given(low=ANY, high=ANY)
def test_an_interval_is_two_numbers_in_brackets(low: float | None, high: float | None) -> None:
    text = numbers.interval(low, high)
    expected = f"[{numbers.r2(low)}, {numbers.r2(high)}]"
    assert text == (numbers.NONE if numbers.NONE in expected else expected)


@given(value=st.integers())
def test_a_count_reads_back(value: int) -> None:
    text = numbers.count(value)
    assert FORM.fullmatch(text)
    assert int(text.replace("\u202f", "").replace("−", "-")) == value
