"""Numbers and outside text as sentences show them."""

import re
from collections.abc import Sequence

_MARKUP = re.compile(r"[^\w .,()/%+²−-]|(?<!\w)_|_(?!\w)")


def number(value: float) -> str:
    """Two digits, a real minus sign, and no minus before zero."""
    return f"{value:z.2f}".replace("-", "−")


def signed(value: float) -> str:
    """Two digits with a sign, a real minus sign."""
    return f"{value:+z.2f}".replace("-", "−")


def signed_percent(value: float) -> str:
    """A share as whole percent with a sign, a real minus sign and no minus before zero."""
    return f"{value:+z.0%}".replace("-", "−").replace("%", " %")


def words_only(text: str) -> str:
    """Words only, at most 60 characters: whatever could be markup, a link or a formula becomes a blank."""
    return " ".join(_MARKUP.sub(" ", text).split())[:60]


def named(values: Sequence[str], most: int = 3) -> str:
    """`a, b, c and 4 more`, for sentences."""
    listed = ", ".join(values[:most])
    return listed if len(values) <= most else f"{listed} and {len(values) - most} more"


def of_modalities(count: int) -> str:
    """Whose features they are: `each of 3 modalities`, or `the one modality`."""
    return "the one modality" if count == 1 else f"each of {count} modalities"
