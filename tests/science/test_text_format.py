import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.text_format import count, counted, number, percent, signed, signed_percent, words_only
from frontend.text import numbers


@pytest.mark.parametrize(("value", "word"), [(-0.004, "0.00"), (-0.126, "−0.13"), (1.0, "1.00")])
def test_numbers_have_two_digits_and_a_real_minus(value, word):
    assert number(value) == word


def test_changes_carry_their_sign():
    assert (signed(0.081), signed(-0.18), signed(-0.001)) == ("+0.08", "−0.18", "0.00")


def test_words_only_keeps_ordinary_names():
    assert words_only("lesion_seg, stage 2 (ISUP +1)") == "lesion_seg, stage 2 (ISUP +1)"


@pytest.mark.parametrize(("value", "word"), [(0.104, "+10 %"), (-0.006, "−1 %"), (-0.001, "0 %")])
def test_percent_has_a_sign_and_a_real_minus(value, word):
    assert signed_percent(value) == word


FINITE = st.floats(-1e12, 1e12) | st.floats(-2, 2) | st.just(-0.0)


@given(value=FINITE)
def test_sentences_and_pages_write_a_number_alike(value):
    assert number(value) == numbers.r2(value)
    assert signed(value) == numbers.change(value)
    assert signed_percent(value) == numbers.percent(value)
    assert percent(abs(value)) == numbers.percent(abs(value)).removeprefix("+")


@given(value=st.integers(0, 10**9))
def test_sentences_and_pages_count_alike(value):
    assert count(value) == numbers.count(value)
    assert counted(value, "study", "studies") == numbers.counted(value, "study", "studies")
