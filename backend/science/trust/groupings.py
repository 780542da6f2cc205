"""Changes of groups of features, for every grouping: class, image type, modality, modality x class, all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.lens.scores import grouped
from backend.science.tables.feature_names import FeatureName
from backend.science.trust.jackknife.changes import Changes
from backend.science.trust.jackknife.decoding_change import DecodingChange
from backend.science.trust.jackknife.label_share import LabelShare
from backend.science.types import IntArray


@dataclass(frozen=True, slots=True)
class GroupingChange:
    """The changes of the groups of one grouping: plain means over their features, q within the grouping."""

    grouping: str
    groups: tuple[str, ...]
    at: tuple[IntArray, ...]  # the features of each group
    changes: Changes
    label: LabelShare | None
    flags: tuple[dict[str, int], ...]  # how many features of each group carry which flag


def grouping_changes(features: Sequence[FeatureName], change: DecodingChange) -> tuple[GroupingChange, ...]:
    """The changes of every grouping of the features."""
    found = []
    for grouping, groups in groups_by_grouping(features).items():
        at = tuple(positions for _, positions in groups)
        changes, label = change.grouping(at)
        flags = tuple(count_flags(change.features.flag[positions]) for positions in at)
        found.append(GroupingChange(grouping, tuple(group for group, _ in groups), at, changes, label, flags))
    return tuple(found)


def groups_by_grouping(features: Sequence[FeatureName]) -> dict[str, list[tuple[str, IntArray]]]:
    """The groups of every grouping with the positions of their features."""
    found: dict[str, list[tuple[str, IntArray]]] = {}
    for grouping, group, positions in grouped(features):
        found.setdefault(grouping, []).append((group, positions))
    return found


def count_flags(flags: NDArray[np.str_]) -> dict[str, int]:
    """Count the flags."""
    names, counts = np.unique(flags, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))
