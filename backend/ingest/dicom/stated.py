"""What a DICOM header states: numbers that are there, whole and finite, else a phrase that names the tag."""

from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.tag import Tag


class Unstated(Exception):
    """A tag that cannot be used; the phrase continues `Series 7 ...`."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase


def shown(keyword: str) -> str:
    """A tag's name and number, as in `PixelSpacing (0028,0030)`."""
    tag = Tag(tag_for_keyword(keyword) or 0)
    return f"{keyword} ({tag.group:04X},{tag.element:04X})"


def numbers(tags: Dataset, keyword: str, count: int) -> tuple[float, ...]:
    """The `count` finite numbers of a tag. Raises Unstated where it is absent, empty or anything else."""
    if keyword not in tags:
        raise Unstated(f"lacks {shown(keyword)}")
    try:
        value: Any = tags[keyword].value
    except Exception:  # what pydicom raises on a damaged value has no common class
        raise Unstated(f"has a {shown(keyword)} that is no number") from None
    if _is_nothing(value):
        raise Unstated(f"has an empty {shown(keyword)}")
    parts = [value] if isinstance(value, str | bytes | int | float) else list(value)
    try:
        found = tuple(float(part) for part in parts)
    except (TypeError, ValueError):
        raise Unstated(f"has a {shown(keyword)} that is no number") from None
    if len(found) != count:
        raise Unstated(f"has a {shown(keyword)} of {len(found)} instead of {count} numbers")
    if not np.isfinite(found).all():
        raise Unstated(f"has a {shown(keyword)} that is not finite")
    return found


def number(tags: Dataset, keyword: str, default: float) -> float:
    """One finite number, or `default` where the tag is absent or empty. Raises Unstated."""
    if is_empty(tags, keyword):
        return default
    return numbers(tags, keyword, 1)[0]


def is_empty(tags: Dataset, keyword: str) -> bool:
    """Whether a tag is absent or has no value."""
    if keyword not in tags:
        return True
    try:
        value = tags[keyword].value
    except Exception:  # what pydicom raises on a damaged value has no common class
        return False
    return _is_nothing(value)


def _is_nothing(value: Any) -> bool:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return value is None or (isinstance(value, str) and not value.strip(" \0")) or _length(value) == 0


def _length(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 1


def text(tags: Dataset, keyword: str) -> str:
    """The value as text, several joined by a backslash; nothing where it is absent, empty or damaged."""
    try:
        value = tags[keyword].value if keyword in tags else None
    except Exception:  # what pydicom raises on a damaged value has no common class
        return ""
    if value is None:
        return ""
    return value if isinstance(value, str) else "\\".join(map(str, value)) if _length(value) != 1 else str(value)


def whole(tags: Dataset, keyword: str) -> int | None:
    """A whole number, or None where the tag is absent, empty or no whole number."""
    try:
        value = numbers(tags, keyword, 1)[0]
    except Unstated:
        return None
    return int(value) if value == int(value) else None
