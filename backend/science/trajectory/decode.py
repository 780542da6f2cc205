"""How what is carried changes along a fine-tuning run, or along the stages of an encoder: one fold split for all.

Along checkpoints every point is compared with the common pre-trained embedding, and one penalty a fold serves all of
them, so that R2 before is one number. Along stages both encoders' embeddings of a stage are compared; stages differ in
width, so each chooses its own penalty from the one grid. Patients are resampled together at all points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import BadSettings
from backend.science.lens.settings import LensSettings
from backend.science.tables.feature_names import FeatureName
from backend.science.trust.bootstrap import ReplicateStore
from backend.science.trust.change import Change, GroupChange, Pair, counted, group_changes
from backend.science.trust.decoders.ridge import gram
from backend.science.trust.measurement import measure
from backend.science.trust.representation import debiased_cka, effective_rank
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class Place:
    """One checkpoint (`before` is the common pre-trained embedding) or one stage of both encoders."""

    label: str
    before: FloatArray  # (N, d)
    after: FloatArray  # (N, d)
    epoch: int | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """What was found at one place."""

    label: str
    epoch: int | None
    stage: str | None
    width: int
    pair: Pair
    groups: tuple[GroupChange, ...]
    cka_debiased: float
    effective_rank: float

    @property
    def flags(self) -> dict[str, int]:
        return counted(self.pair.features.evidence.flag)


def along_checkpoints(
    x_pre: FloatArray,
    places: Sequence[Place],
    r: FloatArray,
    features: Sequence[FeatureName],
    patient_id: Sequence[str],
    settings: LensSettings,
    progress: Progress | None = None,
    store: ReplicateStore | None = None,
) -> list[Point]:
    """Every checkpoint against x_pre (N, d), by one run of `measure`."""
    _check(places)
    products = [gram(x_pre), *(gram(place.after) for place in places)]
    measured = measure(products, r, patient_id, settings, progress, store)
    return [_point(place, measured.pair(0, number + 1), features) for number, place in enumerate(places)]


def along_stages(
    places: Sequence[Place],
    r: FloatArray,
    features: Sequence[FeatureName],
    patient_id: Sequence[str],
    settings: LensSettings,
    progress: Progress | None = None,
) -> list[Point]:
    """Every stage's two embeddings, by one run of `measure` each."""
    _check(places)
    return [
        _point(
            place,
            measure(
                (gram(place.before), gram(place.after)), r, patient_id, settings, _named(progress, place.label)
            ).pair(0, 1),
            features,
        )
        for place in places
    ]


def _check(places: Sequence[Place]) -> None:
    labels = [place.label for place in places]
    if not labels:
        raise BadSettings("A trajectory needs at least one checkpoint or stage.")
    if len(set(labels)) < len(labels):
        raise BadSettings("Two points of the trajectory have the same name; name them differently.")


def _point(place: Place, pair: Pair, features: Sequence[FeatureName]) -> Point:
    before, after = place.before - place.before.mean(axis=0), place.after - place.after.mean(axis=0)
    varies = bool(before.any() and after.any())
    return Point(
        label=place.label,
        epoch=place.epoch,
        stage=place.stage,
        width=place.after.shape[1],
        pair=pair,
        groups=tuple(group_changes(features, pair)),
        cka_debiased=debiased_cka(before, after) if varies else float("nan"),
        effective_rank=effective_rank(after),
    )


def changes_of(points: Sequence[Point], grouping: str) -> list[Change]:
    """One `Change` a point, of the features (`feature`) or of the groups of a grouping."""
    if grouping == "feature":
        return [point.pair.features for point in points]
    return [next(one.change for one in point.groups if one.grouping == grouping) for point in points]


def _named(progress: Progress | None, label: str) -> Progress | None:
    return None if progress is None else lambda step, done, total: progress(f"{label}: {step}", done, total)
