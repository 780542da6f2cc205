"""Dates in every written form: numbers in any order, names of months in the languages of the field, Japanese eras."""

import re
import unicodedata

EARLIEST, LATEST = 1900, 2035
_LONG_YEAR = r"(?:19\d\d|20[0-3]\d)"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
MONTH_NAMES = (
    r"(?:jan|feb|fev|mar|mrt|apr|abr|avr|mai|may|maj|mei|mag|jun|juin|giu|jul|juil|lug|aug|aou|ago|sep|set|okt|oct|ott|"
    r"nov|dec|dez|des|dic|gen|ene|marz|maart|toukokuu)[a-z]{0,7}"
)
_NUMBERS = re.compile(
    rf"(?<![\d.]){_LONG_YEAR}[-_./ ]{_MONTH}[-_./ ]{_DAY}(?!\d)"
    rf"|(?<![\d.]){_DAY}[-_./ ]{_DAY}[-_./ ]{_LONG_YEAR}(?!\d)"
    rf"|(?<!\d){_LONG_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d[0-5]\d(?:[0-5]\d)?)?(?!\d)"
    rf"|(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2]){_LONG_YEAR}(?!\d)"
    rf"|(?<!\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_LONG_YEAR}(?!\d)"
    r"|\d{2,4}年\d{1,2}月|(?:昭和|平成|大正|令和)\d{1,2}年"
)
_SHORT_YEAR = re.compile(r"(?<![\w.])(\d{1,2})([-./])(\d{1,2})\2(\d{2})(?![\w.])")
_WORDS = re.compile(
    rf"(?<![a-z])(?:\d{{1,2}}(?:st|nd|rd|th)?[-_. ]{{0,2}}(?:de )?{MONTH_NAMES}"
    rf"[-_. ,]{{0,2}}(?:de )?(?:{_LONG_YEAR}|\d\d)"
    rf"|{MONTH_NAMES}[-_. ]{{0,2}}\d{{1,2}}(?:st|nd|rd|th)?[-_. ,]{{1,2}}{_LONG_YEAR}"
    rf"|{_LONG_YEAR}[-_. ]{MONTH_NAMES}[-_. ]\d{{1,2}})(?![\da-z])"
)
SIX_DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)")


def holds_date(text: str) -> bool:
    """Whether a whole date stands in the text; six digits alone do not count, for they may be a number."""
    if _NUMBERS.search(text):
        return True
    short = _SHORT_YEAR.search(text)
    if short and _short_date(short[1], int(short[3]), int(short[4])):
        return True
    lettered = any(letter.isalpha() for letter in text) and any(letter.isdigit() for letter in text)
    return lettered and _WORDS.search(_plain(text)) is not None


def is_six_digit_date(digits: str) -> bool:
    """Whether `digits` can be read as ddmmyy, mmddyy or yymmdd; 7 of 100 random numbers can."""
    first, second, third = (int(digits[at : at + 2]) for at in (0, 2, 4))
    return _day_and_month(first, second) or (1 <= second <= 12 and 1 <= third <= 31)


def _short_date(first: str, second: int, third: int) -> bool:
    """Whether three numbers are a day, a month and a year of two digits, or such a year, a month and a day."""
    return _day_and_month(int(first), second) or (len(first) == 2 and 1 <= second <= 12 and 1 <= third <= 31)


def _day_and_month(first: int, second: int) -> bool:
    """Whether two numbers are a day and a month, in either order."""
    return (1 <= first <= 31 and 1 <= second <= 12) or (1 <= first <= 12 and 1 <= second <= 31)


def _plain(text: str) -> str:
    """Small letters without accents."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))
