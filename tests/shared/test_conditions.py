"""Conditions on cases as text: what is written is read back, and what is none is refused in one sentence."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.conditions import MOST_CHARACTERS, BadConditions, Beyond, OneOf, Span, number_of, read, write

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SPANS = st.tuples(NUMBERS, NUMBERS).map(lambda ends: Span(min(ends), max(ends)))
ONE_OF = st.builds(
    OneOf, WORDS, st.lists(st.one_of(WORDS, SPANS, st.none()), min_size=1, max_size=4).map(tuple), st.booleans()
)
BEYOND = st.builds(Beyond, WORDS, st.sampled_from([">", ">=", "<", "<="]), NUMBERS)


@given(st.lists(st.one_of(ONE_OF, BEYOND), min_size=1, max_size=5))
@example([OneOf("Größe (cm)", ('Übrige, „a"b“', "?", "1..2", " x ", "", "a!=b", None, Span(-1.5, 2.0)))])
def test_what_is_written_is_read_back(conditions) -> None:
    text = write(conditions)
    assert read(text) == tuple(conditions)
    assert write(read(text)) == text


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text) -> None:
    try:
        found = read(text)
    except BadConditions:
        return
    assert read(write(found)) == found


def test_the_example_of_the_documentation() -> None:
    assert read("PSA>10, centre=A|B ,split=test") == (
        Beyond("PSA", ">", 10.0),
        OneOf("centre", ("A", "B")),
        OneOf("split", ("test",)),
    )
    assert read('"a,b"!=?,age=50..60|?') == (OneOf("a,b", (None,), False), OneOf("age", (Span(50, 60), None)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no condition in this text"),
        ("  ", "There is no condition in this text"),
        ("psa", "psa says nothing of its value; write ="),
        ("psa>", "psa> needs a number such as psa>10, not "),
        ("psa>high", "psa> needs a number such as psa>10, not high"),
        ("psa>nan", "psa> needs a number"),
        ("psa>1_0", "psa> needs a number"),
        ("psa>٣", "psa> needs a number"),
        ("psa>1e999", "psa> needs a number"),
        ("psa>1|2", "After psa>1 there must be a comma or the end, not |"),
        ("center=", "There must be a value of center after =, not the end"),
        ("center=A|", "There must be a value of center after |, not the end"),
        ("center=A,", "A condition must follow the comma at the end"),
        ("=A", "There must be a column, not ="),
        ("center=A,,split=test", "There must be a column after ,, not ,"),
        ("psa=10..4", "10..4 is no range of numbers"),
        ("psa=low..high", "low..high is no range of numbers"),
        ("psa=4..", "4.. is no range of numbers"),
        ('center="A', "a quote is not closed"),
        ("center!A", "a ! stands without ="),
        ("psa==4", "There must be a value of psa after =, not ="),
        ('center="A"B', "After center=\"A\" there must be a comma or the end, not B"),
        ("a" * (MOST_CHARACTERS + 1), f"and an address holds {MOST_CHARACTERS}"),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused(text, sentence) -> None:
    with pytest.raises(BadConditions) as refusal:
        read(text)
    assert sentence in str(refusal.value)
    assert str(refusal.value).count("\n") == 0


def test_numbers_are_those_with_a_point() -> None:
    assert [number_of(word) for word in ("1", "-.5", "2.", "1e3", "+4")] == [1, -0.5, 2, 1000, 4]
    assert [number_of(word) for word in ("", "1,5", "inf", "1 2", "0x1", "１")] == [None] * 6
