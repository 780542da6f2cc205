"""Spellings of one class in a column that no protocol describes: `Yes` and `yes`, `2` and `2.0`, `true` and `1`."""

from collections import Counter
from collections.abc import Sequence

from backend.science.text_format import named, words_only

ANSWERS = {"no": "no", "false": "no", "0": "no", "yes": "yes", "true": "yes", "1": "yes"}
DIGITS = frozenset({"0", "1"})
MOST_SHOWN = 6


def number_word(number: float) -> str:
    """A number as the name of a class: `2.0` is `2`; up to 15 digits are told apart."""
    return f"{number:.15g}"


def one_spelling(cells: Sequence[str]) -> dict[str, str]:
    """Spelling -> the one that is kept for its class: the most frequent, of equally frequent ones the first in order.

    Capitals, blanks and the way a number is written make no other class. In a column with words for yes or no, 1 and 0
    are such words too.
    """
    counts = Counter(cells)
    keys = {cell: _key(cell) for cell in counts}
    answers = set(keys.values()) & ANSWERS.keys() - DIGITS
    numbers = {key for key in keys.values() if _number(key) is not None}
    if answers and numbers and numbers <= DIGITS:
        keys = {cell: ANSWERS.get(key, key) for cell, key in keys.items()}
    chosen: dict[str, str] = {}
    for cell in sorted(counts, key=lambda cell: (-counts[cell], cell)):
        chosen.setdefault(keys[cell], cell)
    return {cell: chosen[key] for cell, key in keys.items()}


def spelling_words(spelled: dict[str, str]) -> str:
    """Which spellings are one class, such as `Yes = yes`; empty where every class has one spelling."""
    by_class: dict[str, list[str]] = {}
    for cell, chosen in sorted(spelled.items()):
        by_class.setdefault(chosen, []).append(words_only(cell) or "(signs only)")
    return named([" = ".join(cells) for cells in by_class.values() if len(cells) > 1], MOST_SHOWN)


def _key(cell: str) -> str:
    folded = " ".join(cell.casefold().split())
    number = _number(folded)
    return folded if number is None else number_word(number)


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
