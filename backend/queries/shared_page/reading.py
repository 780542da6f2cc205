"""What may be said of one group or feature: its flag, read together with which way its R2 itself moved."""

from collections.abc import Iterable, Sequence
from typing import Literal

from backend.queries.shared_page.findings import Findings, Line
from backend.queries.shared_page.lay_words import kind, listed
from backend.science.text_format import words_only

Reading = Literal["up", "down", "label_borne", "likely_up", "likely_down", "relative", "same", "unknown"]
"""`relative`: an effect beside the other features, but no gain or loss of its own that may be told."""
UP: tuple[str, ...] = ("stronger", "probable_stronger", "label_borne")
SURE: dict[str, Reading] = {"stronger": "up", "weaker": "down", "label_borne": "label_borne"}
LIKELY: dict[str, Reading] = {"probable_stronger": "likely_up", "probable_weaker": "likely_down"}
MOST_NAMED = 2


def reading(line: Line, most_moved: bool) -> Reading:
    """What may be said of a line.

    An effect compares with the typical feature. So `stronger` means more only where R2 itself rose. Where most groups
    moved alike, only where it rose beyond its interval; `weaker` likewise.
    """
    if line.flag == "kept":
        return "relative"
    told = SURE.get(line.flag) or LIKELY.get(line.flag)
    if told is None:
        return "same" if line.flag == "unchanged" else "unknown"
    return told if _moved(line, up=line.flag in UP, beyond=most_moved) else "relative"


def _moved(line: Line, *, up: bool, beyond: bool) -> bool:
    end = (line.delta_low if up else line.delta_high) if beyond else line.delta
    return end is not None and (end > 0 if up else end < 0)


def of_reading(found: Findings, *wanted: Reading, lines: Iterable[Line] | None = None) -> list[Line]:
    """Groups (or the given lines) with such a reading, the largest effect first."""
    among = found.groups if lines is None else lines
    chosen = [line for line in among if reading(line, found.most_moved) in wanted]
    return sorted(chosen, key=lambda line: -abs(line.effect or 0.0))


def named(found: Findings, lines: Sequence[Line]) -> str:
    """`coarseness and patchiness on T2`, `coarseness on T2 and ADC, and 2 more kinds of features`."""
    on: dict[str, list[str]] = {}
    for line in lines:
        on.setdefault(line.feature_class, []).append(line.modality)
    shown = list(on)[: MOST_NAMED if len(on) > MOST_NAMED + 1 else MOST_NAMED + 1]
    alike: dict[tuple[str, ...], list[str]] = {}
    for feature_class in shown:
        there = tuple(one for one in found.modalities if one in on[feature_class])
        alike.setdefault(there or tuple(dict.fromkeys(on[feature_class])), []).append(feature_class)
    parts = [
        f"{listed([kind(one) for one in classes])} on {listed([words_only(one) for one in modalities])}"
        for modalities, classes in alike.items()
    ]
    if len(on) > len(shown):
        parts.append(f"{len(on) - len(shown)} more kinds of features")
    return f"{', '.join(parts[:-1])}, and {parts[-1]}" if len(parts) > 1 else parts[0]
