"""Sorts slices to stacks that could each be a volume: by series, b-value, single directions, and kind of frame."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.ingest.dicom.grouping import by_series
from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.slices import Slice

Kind = tuple[Any, ...]
MAPS = {"adc", "exponential", "tensor", "trace", "not_a_map"}
"""Meanings in ImageType that are images of their own."""


@dataclass(frozen=True)
class Stacks:
    """Stacks of slices, and by their place in the list what is known of each; a note where UIDs were replaced."""

    slices: list[list[Slice]]
    facts: list[SeriesFacts]
    note: str


def stacks_of(slices: Sequence[Slice]) -> Stacks:
    """The stacks of a study. Raises Rejection where the slices are of several exams."""
    grouped = by_series(slices)
    kinds: dict[Kind, list[Slice]] = {}
    for each, series in zip(slices, grouped.series, strict=True):
        named = replace(each, series=series)
        kinds.setdefault(_kind(named), []).append(named)
    stacks, facts, used = [], [], set[str]()
    for kind, stack in kinds.items():
        sisters = [other for other in kinds if other[0] == kind[0]]
        bare = key = _key(stack[0], kind, sisters)
        copies = 2
        while key in used:
            key, copies = f"{bare}.{copies}", copies + 1
        used.add(key)
        stacks.append(stack)
        mixed = len({other[1] for other in sisters}) > 1
        facts.append(_facts(stack, key, mixed, grouped.ambiguous.get(kind[0], "")))
    return Stacks(stacks, facts, grouped.note)


def _kind(each: Slice) -> Kind:
    """What slices of one volume share: files of one series by b-value, direction and kind of map or phase alone."""
    facts = each.facts
    of_frame = facts.image_type if each.frame is not None else tuple(sorted(facts.type_words & MAPS | facts.phases))
    return each.series, each.facts.b_value, each.facts.directional, each.stack, of_frame


def _key(first: Slice, kind: Kind, sisters: Sequence[Kind]) -> str:
    """The name of a stack for people: its series' number, and what tells it apart from others of the series."""
    _, b, directional, stack, _ = kind
    parts = []
    if len({other[1] for other in sisters}) > 1:
        parts.append("no-b" if b is None else f"b{b:g}")
    if directional and len({other[2] for other in sisters}) > 1:
        parts.append("directions")
    if len({other[3] for other in sisters}) > 1:
        parts.append(f"stack{re.sub(r'[^A-Za-z0-9]', '', stack)[:8]}")
    return ":".join([str(first.facts.number), *(["-".join(parts)] if parts else [])])


def _facts(stack: list[Slice], key: str, mixed: bool, ambiguous: str) -> SeriesFacts:
    middle = stack[len(stack) // 2]
    normal = np.cross(*middle.axes)
    along = sorted(float(each.position @ normal) for each in stack)
    problem = next((each.facts.problem for each in stack if each.facts.problem), "")
    return replace(
        middle.facts,
        key=key,
        slices=len(stack),
        plane=(*(round(mm, 3) for mm in middle.place.spacing), *middle.place.shape),  # type: ignore[arg-type]  # four
        ends=(along[0], along[-1]),
        problem=ambiguous or problem,
        mixed_b=mixed,
        orientation=_orientation(normal),
    )


def _orientation(normal: npt.NDArray[np.float64]) -> str:
    """The plane that slices lie in, or the nearest one."""
    if not np.isfinite(normal).all() or not normal.any():
        return ""
    return ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(normal)))]
