"""Classes of a target that one cell of a table could mean both of."""

import re
from collections.abc import Sequence
from itertools import combinations

RANGE = re.compile(r"(-?\d{1,9})\s*[-–]\s*(-?\d{1,9})")


def clash(classes: Sequence[str]) -> tuple[str, str] | None:
    """Two classes that are the same name in other capitals, the same number, or ranges that share a number."""
    for one, other in combinations(classes, 2):
        if _folded(one) == _folded(other) or _overlap(_ends(one), _ends(other)):
            return one, other
    return None


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _ends(name: str) -> tuple[float, float] | None:
    """The numbers that a class is: both ends of a range such as `1-2`, or one number twice."""
    found = RANGE.fullmatch(name.strip())
    if found and int(found[1]) < int(found[2]):
        return float(found[1]), float(found[2])
    try:
        return float(name), float(name)
    except ValueError:
        return None


def _overlap(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    return one is not None and other is not None and one[0] <= other[1] and other[0] <= one[1]
