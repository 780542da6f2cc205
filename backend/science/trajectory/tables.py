"""A trajectory as lines and sentences."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.tables.feature_names import FeatureName
from backend.science.tables.glossary import group_words
from backend.science.text_format import plain, signed
from backend.science.trajectory.decode import Point, changes_of
from backend.science.trust.change import Change
from backend.science.trust.effect_tests import FLAGS

NUMBERS = ("r2_pre", "r2_ft", "effect", "ci_low", "ci_high", "q", "flag")
MOST = 3


def group_lines(points: Sequence[Point]) -> Iterator[dict[str, Any]]:
    """One line a group, each number a list as long as the trajectory."""
    for grouping in points[0].groups:
        changes = changes_of(points, grouping.grouping)
        for k, (group, at) in enumerate(zip(grouping.groups, grouping.at, strict=True)):
            yield {"grouping": grouping.grouping, "group": group, "n_features": len(at), **line(changes, k)}


def feature_values(points: Sequence[Point]) -> NDArray[np.float64]:
    """(7, T, K) of `NUMBERS`, the flag as its place in FLAGS."""
    changes = changes_of(points, "feature")
    return np.stack([np.stack([_column(change, name) for change in changes]) for name in NUMBERS])


def line(changes: Sequence[Change], k: int) -> dict[str, list[Any]]:
    """The numbers of one feature or group along the trajectory."""
    return line_of(np.stack([[_column(change, name)[k] for change in changes] for name in NUMBERS]))


def line_of(values: NDArray[np.float64]) -> dict[str, list[Any]]:
    """The same from (7, T) numbers."""
    found: dict[str, list[Any]] = {name: values[i].tolist() for i, name in enumerate(NUMBERS)}
    found["flag"] = [FLAGS[int(code)] for code in values[NUMBERS.index("flag")]]
    found["delta_r2"] = (values[1] - values[0]).tolist()
    return found


def table_rows(points: Sequence[Point], features: Sequence[FeatureName]) -> Iterator[dict[str, Any]]:
    """trajectory.csv: one row a point and group or feature."""
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


def point_record(point: Point) -> dict[str, Any]:
    """The point as a whole, JSON-ready but for NaN."""
    return {
        "label": point.label,
        "epoch": point.epoch,
        "stage": point.stage,
        "width": point.width,
        "b": point.pair.b,
        "control_floor": point.pair.control_floor,
        "flags": point.flags,
        "cka_debiased": point.cka_debiased,
        "effective_rank": point.effective_rank,
    }


def course_sentences(points: Sequence[Point], checkpoints: bool) -> list[str]:
    """When groups (modality by class) began to differ and stayed so, or in which stage they do."""
    changes = changes_of(points, "modality_class")
    names = next(one.groups for one in points[0].groups if one.grouping == "modality_class")
    flagged = np.array([np.isin(change.evidence.flag, ("stronger", "weaker")) for change in changes])  # (T, G)
    effect = np.array([change.evidence.effect for change in changes])
    return _in_time(points, names, flagged, effect) if checkpoints else _by_stage(points, names, flagged, effect)


def _in_time(
    points: Sequence[Point], names: Sequence[str], flagged: NDArray[np.bool_], effect: NDArray[np.float64]
) -> list[str]:
    last = np.flatnonzero(flagged[-1])
    last = last[np.argsort(-np.abs(effect[-1, last]), kind="stable")]
    sentences = []
    for k in last[:MOST]:
        steady = len(points) - int(np.argmin(flagged[::-1, k])) if not flagged[:, k].all() else 0
        more = "more" if effect[-1, k] > 0 else "less"
        sentences.append(
            f"{group_words(names[k])} is carried {more} from {plain(points[steady].label)} on ({signed(effect[-1, k])} "
            "at the end)."
        )
    if len(last) > MOST:
        sentences.append(f"{len(last) - MOST} more groups differ at the end.")
    passing = int((flagged[:-1].any(axis=0) & ~flagged[-1]).sum())
    if passing:
        sentences.append(f"{passing} groups differed for a while and do not at the end.")
    return sentences or ["No group of features (modality by class) is shown to have changed at any checkpoint."]


def _by_stage(
    points: Sequence[Point], names: Sequence[str], flagged: NDArray[np.bool_], effect: NDArray[np.float64]
) -> list[str]:
    count = flagged.sum(axis=1)
    if not count.any():
        return ["No group of features (modality by class) is shown to have changed in any stage."]
    told = ", ".join(f"{plain(point.label)}: {n}" for point, n in zip(points, count.tolist(), strict=True))
    sentences = [f"Groups (modality by class) that changed, of {len(names)}, by stage: {told}."]
    t, k = np.unravel_index(np.argmax(np.where(flagged, np.abs(effect), 0.0)), effect.shape)
    more = "more" if effect[t, k] > 0 else "less"
    sentences.append(
        f"The largest change is {group_words(names[int(k)])} in {plain(points[int(t)].label)}, carried {more} "
        f"({signed(float(effect[t, k]))})."
    )
    return sentences


def _column(change: Change, name: str) -> NDArray[np.float64]:
    if name in ("r2_pre", "r2_ft"):
        return np.asarray(change.r2[0 if name == "r2_pre" else 1])
    if name == "flag":
        return np.array([FLAGS.index(flag) for flag in change.evidence.flag.tolist()], dtype=float)
    return np.asarray(getattr(change.evidence, {"ci_low": "low", "ci_high": "high"}.get(name, name)), dtype=float)
