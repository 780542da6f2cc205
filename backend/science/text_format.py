"""Numbers and outside text as sentences show them."""

import re
from collections.abc import Sequence

_MARKUP = re.compile(r"[^\w .,()/%+²−-]|(?<!\w)_|_(?!\w)")


def number(value: float) -> str:
    """Two digits, thin spaces between thousands, a real minus sign, and no minus before zero."""
    return _typeset(f"{value:z,.2f}")


def signed(value: float) -> str:
    """The same with a sign; zero has none."""
    return _signed(value, 2)


def signed_percent(value: float) -> str:
    """A share as whole percent with a sign; zero has none."""
    return f"{_signed(100 * value, 0)} %"


def percent(value: float) -> str:
    """A share as whole percent: `35 %`."""
    return f"{_typeset(f'{100 * value:z,.0f}')} %"


def count(value: int) -> str:
    """A count with thin spaces between thousands: `1 790`."""
    return _typeset(f"{value:,}")


def counted(value: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun: `1 study`, `46 studies`."""
    return f"{count(value)} {noun if value == 1 else plural or noun + 's'}"


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+z,.{decimals}f}"
    return _typeset(text.removeprefix("+") if not text.strip("+-0.") else text)


def _typeset(text: str) -> str:
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "−")


def words_only(text: str, most: int = 60) -> str:
    """Words only, at most so many characters: whatever could be markup, a link or a formula becomes a blank."""
    return " ".join(_MARKUP.sub(" ", text).split())[:most]


def named(values: Sequence[str], most: int = 3) -> str:
    """`a, b, c and 4 more`, for sentences."""
    listed = ", ".join(values[:most])
    return listed if len(values) <= most else f"{listed} and {len(values) - most} more"


def of_modalities(count: int) -> str:
    """Whose features they are: `each of 3 modalities`, or `the one modality`."""
    return "the one modality" if count == 1 else f"each of {count} modalities"
