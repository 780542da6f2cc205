import pytest

from backend.science.text_format import number, signed, signed_percent, words_only


@pytest.mark.parametrize(("value", "word"), [(-0.004, "0.00"), (-0.126, "−0.13"), (1.0, "1.00")])
def test_numbers_have_two_digits_and_a_real_minus(value, word):
    assert number(value) == word


def test_changes_carry_their_sign():
    assert (signed(0.081), signed(-0.18), signed(-0.001)) == ("+0.08", "−0.18", "+0.00")


def test_words_only_keeps_ordinary_names():
    assert words_only("lesion_seg, stage 2 (ISUP +1)") == "lesion_seg, stage 2 (ISUP +1)"


@pytest.mark.parametrize(("value", "word"), [(0.104, "+10 %"), (-0.006, "−1 %"), (-0.001, "+0 %")])
def test_percent_has_a_sign_and_a_real_minus(value, word):
    assert signed_percent(value) == word
