"""Spellings of one class: what is one, which of them stands for it, and what stays apart."""

import pytest

from backend.science.tables.class_spellings import one_spelling, spelling_words
from backend.science.tables.study_columns import study_column
from backend.science.tables.types import Clinical


def folded(*cells: str) -> list[str]:
    ids = tuple(f"s{at}" for at in range(len(cells)))
    return study_column(Clinical(ids, ids, {"x": cells}, "clinical.csv"), "x", "class").values(ids).tolist()


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["Yes", "yes", "yes", "no"], ["yes", "yes", "yes", "no"]),
        (["yes", "Yes", "no"], ["Yes", "Yes", "no"]),  # as often: the first in order
        (["high  grade", "High grade", "low"], ["High grade", "High grade", "low"]),
        (["yes", "yes", "1", "1.0", "no", "0", "False"], ["yes", "yes", "yes", "yes", "0", "0", "0"]),
        (["yes", "1", "unknown"], ["1", "1", "unknown"]),
        (["2", "2.0", "two"], ["2", "2", "two"]),
        (["no", "1", "2", "yes"], ["no", "1", "2", "yes"]),  # numbers of something: 1 is no yes
        (["positive", "1", "negative"], ["positive", "1", "negative"]),
        (["y", "n", "1", "0"], ["y", "n", "1", "0"]),  # letters are many things
        (["1234567", "1234568", "1234567.0"], ["1234567", "1234568", "1234567"]),
    ],
    ids=lambda cells: "-".join(cells)[:40],
)
def test_spellings_of_one_class_are_one(cells: list[str], classes: list[str]) -> None:
    assert folded(*cells) == classes


def test_what_was_read_as_one_is_said_and_the_order_of_studies_changes_nothing() -> None:
    cells = ["b", "B", "a", "<A>", "c"]
    assert one_spelling(cells) == one_spelling(cells[::-1]) == {"b": "B", "B": "B", "a": "a", "<A>": "<A>", "c": "c"}
    assert spelling_words(one_spelling(cells)) == "B = b"
    assert spelling_words(one_spelling(["a", "b"])) == ""
