"""How well one estimator found the planted changes of one simulated cohort, and means over cohorts."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.training.metrics import area_under_curve
from backend.science.types import FloatArray, IntArray

DIRECTIONS = {"stronger": 1, "kept": 1, "weaker": -1, "probable_stronger": 1, "probable_weaker": -1}
"""The flags that say that something changed, and in which direction."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scores of one estimator on one simulated cohort; None where scenario or estimator does not define one."""

    scenario: str
    seed: int
    estimator: str
    auc: float | None  # planted features against the others by the signed effect, mean of both directions
    precision_at_k: float | None  # of the k largest effects, k the number planted: planted in that direction
    group_auc: float | None  # the same as auc for modality x class groups
    false_positives: float | None  # of the unchanged features: flagged, `probable` too
    power: float | None  # of the planted ones: flagged in the right direction, `probable` too
    false_share: float | None  # of the flagged ones: not planted, or in the other direction
    group_power: float | None = None  # of the planted modality x class groups: flagged in the right direction
    group_false_positives: float | None = None  # of the unchanged groups: flagged


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted: 1, -1 or 0 of features (K,) and groups (G,), and the features of each group."""

    scenario: str
    seed: int
    features: IntArray
    groups: IntArray
    at: tuple[IntArray, ...]


def directions(flags: Iterable[str]) -> IntArray:
    """1, -1 or 0 for every flag."""
    return np.array([DIRECTIONS.get(flag, 0) for flag in flags], dtype=np.intp)


def outcome(
    truth: Truth,
    estimator: str,
    effect: FloatArray,
    flags: IntArray | None = None,
    group_flags: IntArray | None = None,
) -> Outcome:
    """Score effects (K,), and the flags of features and groups where the estimator gives any."""
    means = np.array([effect[at].mean() for at in truth.at])
    of_features = (None, None, None) if flags is None else flag_shares(flags, truth.features)
    of_groups = (None, None, None) if group_flags is None else flag_shares(group_flags, truth.groups)
    return Outcome(
        truth.scenario,
        truth.seed,
        estimator,
        area(effect, truth.features),
        precision(effect, truth.features),
        area(means, truth.groups),
        *of_features,
        of_groups[1],
        of_groups[0],
    )


def summary(outcomes: list[Outcome]) -> pd.DataFrame:
    """Means over seeds, one row per scenario and estimator, in their order."""
    frame = pd.DataFrame([{field.name: getattr(one, field.name) for field in fields(Outcome)} for one in outcomes])
    numbers = [field.name for field in fields(Outcome)[3:]]
    frame[numbers] = frame[numbers].astype(float)
    means = frame.groupby(["scenario", "estimator"], sort=False)[numbers].mean()
    return means.assign(seeds=frame.groupby(["scenario", "estimator"], sort=False)["seed"].nunique()).reset_index()


def area(effect: FloatArray, planted: NDArray[np.int64]) -> float | None:
    """Area under the curve of planted against untouched by the signed effect, mean of both directions."""
    areas = []
    for sign in (1, -1):
        among = (planted == sign) | (planted == 0)
        one = area_under_curve(sign * effect[among], planted[among] == sign)
        if one is not None:
            areas.append(one)
    return float(np.mean(areas)) if areas else None


def precision(effect: FloatArray, planted: NDArray[np.int64]) -> float | None:
    """Of the k largest effects, k the number planted: the share planted in that direction."""
    count = int((planted != 0).sum())
    top = np.argsort(-np.abs(effect), kind="stable")[:count]
    return float((np.sign(effect[top]) == planted[top]).mean()) if count else None


def flag_shares(
    flags: NDArray[np.int64], planted: NDArray[np.int64]
) -> tuple[float | None, float | None, float | None]:
    """False positives, power, false share."""
    right, untouched = (flags == planted) & (planted != 0), planted == 0
    found = int((flags != 0).sum())
    return (
        float((flags[untouched] != 0).mean()) if untouched.any() else None,
        float(right[~untouched].mean()) if (~untouched).any() else None,
        1.0 - float(right.sum()) / found if found else None,
    )
