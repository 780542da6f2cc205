"""Conditions on a cohort's cases as compact text: `psa>10,center=A|B,split=test`; read strictly, written in one way.

The grammar: conditions are joined by commas, and all of them must hold.

    column=value|value    one of these; a value is a word, LOW..HIGH of numbers (ends included), or ? for not known
    column!=value|value   known, and none of these; column!=? is known at all
    column>10             also >=, < and <=, of numbers

Names and words with a letter of `,=|!<>"?`, with `..`, or with blanks at their ends stand in double quotes; a double
quote in them is written twice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

MOST_CHARACTERS = 6000
"""Of such a text: about three hundred ids of studies; browsers and proxies pass on addresses up to 8 000."""
SIGNS = (">=", "<=", ">", "<")
EXAMPLE = "Write such as psa>10,center=A|B."
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TOKEN = re.compile(r'\s*("(?:[^"]|"")*"|!=|>=|<=|[=<>|,]|[^"!=<>|,]+)\s*', re.DOTALL)
_SPECIAL = re.compile(r'[,=|!<>"?]|\.\.')
_ENDS = frozenset({",", ""})


class BadConditions(ValueError):
    """The text is none of conditions; its message is the sentence for people."""


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` to `high`, both included."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{written(self.low)}..{written(self.high)}"


Value = str | Span | None
"""A word, numbers between two ends, or None: not known."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The column holds one of the values; with `wanted` False it is known and holds none of them."""

    column: str
    values: tuple[Value, ...]
    wanted: bool = True

    def __str__(self) -> str:
        listed = "|".join(
            "?" if one is None else _quoted(one) if isinstance(one, str) else str(one) for one in self.values
        )
        return f"{_quoted(self.column)}{'=' if self.wanted else '!='}{listed}"


@dataclass(frozen=True, slots=True)
class Beyond:
    """The column holds a number beyond `bound`; `sign` is one of > >= < <=."""

    column: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{_quoted(self.column)}{self.sign}{written(self.bound)}"


Condition = OneOf | Beyond


def write(conditions: Sequence[Condition]) -> str:
    """The text of conditions; `read` gives them back."""
    return ",".join(map(str, conditions))


def read(text: str) -> tuple[Condition, ...]:
    """The conditions of a text. Raises BadConditions."""
    if len(text) > MOST_CHARACTERS:
        raise BadConditions(
            f"These conditions have {len(text)} characters, and an address holds {MOST_CHARACTERS}; choose fewer "
            "studies, or name them by a column."
        )
    parts = _tokens(text)
    if not parts:
        raise BadConditions(f"There is no condition in this text. {EXAMPLE}")
    found, at = list[Condition](), 0
    while at < len(parts):
        condition, at = _condition(parts, at)
        found.append(condition)
        if at < len(parts):
            at += 1  # the comma
            if at == len(parts):
                raise BadConditions(f"A condition must follow the comma at the end. {EXAMPLE}")
    return tuple(found)


def number_of(word: str) -> float | None:
    """The number that a word is, written with a point; None where it is none."""
    number = float(word) if _NUMBER.fullmatch(word) else None
    return number if number is not None and isfinite(number) else None


def written(number: float) -> str:
    """A number in its shortest form that reads back as itself: `10`, `0.25`."""
    return repr(number).removesuffix(".0")


def _tokens(text: str) -> list[str]:
    found, at = list[str](), 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].strip()
            what = "a quote is not closed" if rest.startswith('"') else "a ! stands without ="
            raise BadConditions(f"In {_short(text)} {what}. {EXAMPLE}")
        found.append(match[1] if match[1].startswith('"') else match[1].strip())
        at = match.end()
    return found


def _condition(parts: Sequence[str], at: int) -> tuple[Condition, int]:
    """The condition that begins at a part, and the place after it."""
    column = _word(parts, at, "a column")
    sign = _at(parts, at + 1)
    if sign in SIGNS:
        bound = _at(parts, at + 2)
        number = number_of(bound)
        if number is None:
            raise BadConditions(f"{column}{sign} needs a number such as {column}{sign}10, not {_short(bound)}.")
        _end(parts, at + 3, f"{column}{sign}{bound}")
        return Beyond(column, sign, number), at + 3
    if sign not in ("=", "!="):
        raise BadConditions(
            f"{_short(column)} says nothing of its value; write =, !=, >, >=, < or <= after it. {EXAMPLE}"
        )
    values, at = [_value(parts, at + 2, column)], at + 3
    while _at(parts, at) == "|":
        values, at = [*values, _value(parts, at + 1, column)], at + 2
    _end(parts, at, f"{column}{sign}{parts[at - 1]}")
    return OneOf(column, tuple(values), sign == "="), at


def _value(parts: Sequence[str], at: int, column: str) -> Value:
    part = _at(parts, at)
    if part == "?":
        return None
    low, dots, high = part.partition("..")
    if not dots or part.startswith('"'):
        return _word(parts, at, f"a value of {column}")
    ends = number_of(low.strip()), number_of(high.strip())
    if ends[0] is None or ends[1] is None or ends[0] > ends[1]:
        raise BadConditions(
            f"{_short(part)} is no range of numbers; write LOW..HIGH, such as {column}=4..10, or put a word in quotes."
        )
    return Span(ends[0], ends[1])


def _word(parts: Sequence[str], at: int, what: str) -> str:
    part = _at(parts, at)
    if part.startswith('"'):
        return part[1:-1].replace('""', '"')
    if part in _ENDS or _SPECIAL.search(part):
        after = f" after {parts[at - 1]}" if at else ""
        raise BadConditions(f"There must be {what}{after}, not {_short(part) if part else 'the end'}. {EXAMPLE}")
    return part


def _end(parts: Sequence[str], at: int, after: str) -> None:
    if _at(parts, at) not in _ENDS:
        raise BadConditions(f"After {after} there must be a comma or the end, not {_short(parts[at])}. {EXAMPLE}")


def _at(parts: Sequence[str], at: int) -> str:
    return parts[at] if at < len(parts) else ""


def _quoted(word: str) -> str:
    plain = word and word == word.strip() and not _SPECIAL.search(word)
    return word if plain else f'"{word.replace(chr(34), chr(34) * 2)}"'


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
