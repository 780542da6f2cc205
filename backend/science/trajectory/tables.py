"""A trajectory as rows, arrays, JSON records and sentences."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.tables.feature_names import FeatureName
from backend.science.tables.glossary import group_words
from backend.science.text_format import signed, words_only
from backend.science.trajectory.decode import TrajectoryPoint, changes_of
from backend.science.trust.flag_codes import FLAG_CODES
from backend.science.trust.jackknife.changes import Changes
from backend.science.trust.jackknife.flags import GAINED, LOST

NUMBERS = ("r2_pre", "r2_ft", "effect", "ci_low", "ci_high", "q", "flag")
MOST_GROUPS = 3
KEPT = "kept (it lost less than the typical feature)"


def group_lines(points: Sequence[TrajectoryPoint]) -> Iterator[dict[str, Any]]:
    """Yield one record a group; each number is a list as long as the trajectory."""
    for grouping in points[0].groups:
        changes = changes_of(points, grouping.grouping)
        for k, (group, at) in enumerate(zip(grouping.groups, grouping.at, strict=True)):
            yield {"grouping": grouping.grouping, "group": group, "n_features": len(at), **line(changes, k)}


def feature_values(points: Sequence[TrajectoryPoint]) -> NDArray[np.float64]:
    """Stack the `NUMBERS` of all points and features, (7, T, K); the flag is its place in FLAG_CODES."""
    changes = changes_of(points, "feature")
    return np.stack([np.stack([_column(change, name) for change in changes]) for name in NUMBERS])


def line(changes: Sequence[Changes], k: int) -> dict[str, list[Any]]:
    """Collect the numbers of feature or group k along the trajectory."""
    return line_of(np.stack([[_column(change, name)[k] for change in changes] for name in NUMBERS]))


def line_of(values: NDArray[np.float64]) -> dict[str, list[Any]]:
    """Convert (7, T) `NUMBERS` of one feature or group to lists by name, with `delta_r2`."""
    found: dict[str, list[Any]] = {name: values[i].tolist() for i, name in enumerate(NUMBERS)}
    found["flag"] = [FLAG_CODES[int(code)] for code in values[NUMBERS.index("flag")]]
    found["delta_r2"] = (values[1] - values[0]).tolist()
    return found


def table_rows(points: Sequence[TrajectoryPoint], features: Sequence[FeatureName]) -> Iterator[dict[str, Any]]:
    """Yield the rows of trajectory.csv, one a point and group or feature."""
    for grouping in ("feature", *(one.grouping for one in points[0].groups)):
        changes = changes_of(points, grouping)
        names = (
            [feature.column for feature in features]
            if grouping == "feature"
            else next(one.groups for one in points[0].groups if one.grouping == grouping)
        )
        for k, name in enumerate(names):
            numbers = line(changes, k)
            for t, point in enumerate(points):
                yield {
                    "point": point.label,
                    "epoch": point.epoch,
                    "grouping": grouping,
                    "group": name,
                    **{column: values[t] for column, values in numbers.items()},
                }


def point_record(point: TrajectoryPoint) -> dict[str, Any]:
    """Summarise a point for JSON; undefined numbers are still NaN."""
    return {
        "label": point.label,
        "epoch": point.epoch,
        "stage": point.stage,
        "width": point.width,
        "shared_change": point.change.shared_change,
        "control_floor": point.change.evidence.floor,
        "flags": point.flags,
        "cka_debiased": point.cka_debiased,
        "effective_rank": point.effective_rank,
    }


def trajectory_sentences(points: Sequence[TrajectoryPoint], checkpoints: bool) -> list[str]:
    """State when groups (modality by class) began to differ for good, or in which stages they differ."""
    changes = changes_of(points, "modality_class")
    names = next(one.groups for one in points[0].groups if one.grouping == "modality_class")
    flagged = np.array([np.isin(change.flag, (*GAINED, *LOST)) for change in changes])  # (T, G)
    effect = np.array([change.effect.value for change in changes])
    kept = np.array([change.flag == "kept" for change in changes])
    words = np.where(kept, KEPT, np.where(effect > 0, "carried more", "carried less"))
    if checkpoints:
        return _in_time(points, names, flagged, effect, words)
    return _by_stage(points, names, flagged, effect, words)


def _in_time(
    points: Sequence[TrajectoryPoint],
    names: Sequence[str],
    flagged: NDArray[np.bool_],
    effect: NDArray[np.float64],
    words: NDArray[np.str_],
) -> list[str]:
    last = np.flatnonzero(flagged[-1])
    last = last[np.argsort(-np.abs(effect[-1, last]), kind="stable")]
    sentences = []
    for k in last[:MOST_GROUPS]:
        steady = len(points) - int(np.argmin(flagged[::-1, k])) if not flagged[:, k].all() else 0
        sentences.append(
            f"{group_words(names[k])} is {words[-1, k]} from {words_only(points[steady].label)} on "
            f"({signed(effect[-1, k])} at the end)."
        )
    if len(last) > MOST_GROUPS:
        sentences.append(f"{len(last) - MOST_GROUPS} more groups differ at the end.")
    passing = int((flagged[:-1].any(axis=0) & ~flagged[-1]).sum())
    if passing:
        sentences.append(f"{passing} groups differed for a while and do not at the end.")
    return sentences or ["No group of features (modality by class) is shown to have changed at any checkpoint."]


def _by_stage(
    points: Sequence[TrajectoryPoint],
    names: Sequence[str],
    flagged: NDArray[np.bool_],
    effect: NDArray[np.float64],
    words: NDArray[np.str_],
) -> list[str]:
    count = flagged.sum(axis=1)
    if not count.any():
        return ["No group of features (modality by class) is shown to have changed in any stage."]
    counts = ", ".join(f"{words_only(point.label)}: {n}" for point, n in zip(points, count.tolist(), strict=True))
    sentences = [f"Groups (modality by class) that changed, of {len(names)}, by stage: {counts}."]
    t, k = np.unravel_index(np.argmax(np.where(flagged, np.abs(effect), 0.0)), effect.shape)
    sentences.append(
        f"The largest change is {group_words(names[int(k)])} in {words_only(points[int(t)].label)}, {words[t, k]} "
        f"({signed(float(effect[t, k]))})."
    )
    return sentences


def _column(changes: Changes, name: str) -> NDArray[np.float64]:
    if name == "flag":
        return np.array([FLAG_CODES.index(flag) for flag in changes.flag.tolist()], dtype=float)
    if name == "effect":
        return changes.effect.value
    if name in ("ci_low", "ci_high"):
        return changes.interval[0 if name == "ci_low" else 1]
    return np.asarray(getattr(changes, name), dtype=float)
