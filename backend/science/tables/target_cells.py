"""Single cells of a clinical table as the values of a target: a class, a number, whether an event happened."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

BLANK = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "none", "null", "unknown", "not known", "missing", "-", "--", ".", "?"}
)
"""Words for a value that nobody knows."""
NO = frozenset({"no", "n", "false", "f", "0", "negative", "absent"})
YES = frozenset({"yes", "y", "true", "t", "1", "positive", "present"})
CENSORED = NO | {"alive", "living", "censored", "censor", "no event", "survived"}
HAPPENED = YES | {"dead", "deceased", "died", "death", "event"}
RANGE = re.compile(r"(-?\d{1,9})\s*[-–]\s*(-?\d{1,9})")


def cell_text(cell: object) -> str:
    """A cell as text without blanks at its ends; nothing for None and NaN."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(cell).strip()


def is_blank(word: str) -> bool:
    """Whether a text says that the value is not known."""
    return word.casefold() in BLANK


def number_in(word: str) -> float | None:
    """The finite number that a text writes; None for anything else (`1_000` is no number of a table)."""
    try:
        value = float(word) if "_" not in word else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def class_index(word: str, classes: Sequence[str]) -> int | None:
    """Position of the class that a text names; None where it names none of them.

    Tried in this order: the very name; the name in other capitals; the same number (`1.0` is `1`); a range of whole
    numbers (`2` is of `1-2`); and, of two classes that are words for no and yes, another such word.
    """
    folded = _folded(word)
    names = [_folded(name) for name in classes]
    if word in classes:
        return list(classes).index(word)
    if folded in names:
        return names.index(folded)
    value = number_in(word)
    if value is not None:
        for place, name in enumerate(classes):
            ends = range_of(name)
            if number_in(name) == value or (ends and value == int(value) and ends[0] <= value <= ends[1]):
                return place
    answers = [truth(name, NO, YES) for name in names]
    answer = truth(folded, NO, YES)
    return answers.index(answer) if answer is not None and sorted(map(str, answers)) == ["False", "True"] else None


def range_of(name: str) -> tuple[int, int] | None:
    """The first and last whole number of a class such as `1-2`; None for a plain name."""
    ends = RANGE.fullmatch(name.strip())
    if ends is None:
        return None
    low, high = int(ends[1]), int(ends[2])
    return (low, high) if low < high else None


def rising(classes: Sequence[str]) -> bool:
    """Whether the classes are numbers, or ranges of them, in rising order: such classes are grades."""
    lows = [ends[0] if (ends := range_of(name)) else number_in(name) for name in classes]
    known = [low for low in lows if low is not None]
    return len(known) == len(lows) and all(before < after for before, after in pairwise(known))


def event_in(word: str) -> bool | None:
    """Whether a cell says that the event happened (`1`, `yes`, `dead`, `1:DECEASED`) or not; None for other words."""
    folded = _folded(word)
    code, colon, meaning = folded.partition(":")
    if colon and code in ("0", "1"):  # how cBioPortal writes it
        folded = meaning.strip() or code
    value = number_in(folded)
    if value in (0.0, 1.0):
        return value == 1.0
    return truth(folded, CENSORED, HAPPENED)


def truth(folded: str, no: frozenset[str], yes: frozenset[str]) -> bool | None:
    """True for a word of `yes`, False for one of `no`, None for another; `1.0` is `1`."""
    value = number_in(folded)
    word = folded if value is None else f"{value:g}"
    return True if word in yes else False if word in no else None


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())
