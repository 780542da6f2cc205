"""Counts of people as a shared page may show them: fewer than five could point at somebody."""

import re

FEWEST_SHOWN = 5
_SMALL_COUNT = re.compile(r"(?<![\d.,])[1-4](?= (?:patient|stud(?:y|ies)|case|person|people))")


def hide_small_counts(sentence: str) -> str:
    """A sentence in which fewer than five people are not counted out."""
    return _SMALL_COUNT.sub("fewer than 5", sentence)


def count(number: int) -> str:
    """A count of people or studies."""
    return f"fewer than {FEWEST_SHOWN}" if 0 < number < FEWEST_SHOWN else str(number)


def people(number: int) -> str:
    """`600 patients`."""
    return f"{count(number)} patients"
