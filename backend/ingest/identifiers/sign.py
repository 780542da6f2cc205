"""A sign that a text identifies a person: what it seems to be, and whether that is certain."""

import re
from typing import NamedTuple

LONGEST_SHAPE = 40


class Sign(NamedTuple):
    """What a text seems to hold, such as `a name`; `certain` where its form leaves no doubt."""

    kind: str
    certain: bool = False


def shape(text: str) -> str:
    """The text with every letter as a and every digit as 9, at most 40 characters."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text))[:LONGEST_SHAPE]
