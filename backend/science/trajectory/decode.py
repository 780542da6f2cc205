"""Decodes radiomics along the checkpoints of a fine-tuning run, or along the stages of an encoder.

Along checkpoints every point is compared with the common pre-trained embedding, and one penalty serves all of them, so
that R2 before is one number. Along stages both encoders' embeddings of a stage are compared; stages differ in width, so
each chooses its own penalty from the same grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import BadSettings
from backend.science.compute.progress import step_counter
from backend.science.tables.feature_names import FeatureName
from backend.science.trust.groupings import GroupingChange, count_flags, grouping_changes
from backend.science.trust.jackknife.changes import Changes
from backend.science.trust.jackknife.decoding_change import DecodingChange, common_penalty, decoding_change
from backend.science.trust.representation import debiased_cka, effective_rank
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class PointEmbeddings:
    """Embeddings at one checkpoint (`before` is the common pre-trained one) or at one stage of both encoders."""

    label: str
    before: FloatArray  # (N, d)
    after: FloatArray  # (N, d)
    epoch: int | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class TrajectoryPoint:
    """What was measured at one checkpoint or stage."""

    label: str
    epoch: int | None
    stage: str | None
    width: int
    change: DecodingChange
    groups: tuple[GroupingChange, ...]
    cka_debiased: float
    effective_rank: float

    @property
    def flags(self) -> dict[str, int]:
        return count_flags(self.change.features.flag)


def decode_checkpoints(
    x_pre: FloatArray,
    inputs: Sequence[PointEmbeddings],
    r: FloatArray,
    features: Sequence[FeatureName],
    patient_id: Sequence[str],
    seed: int = 0,
    progress: Progress | None = None,
) -> list[TrajectoryPoint]:
    """Compare every checkpoint with x_pre (N, d).

    r: radiomics (N, K) of `features`. Raises BadSettings without inputs, or where two have the same label.
    """
    _check(inputs)
    penalty = common_penalty([x_pre, *(embeddings.after for embeddings in inputs)], r, patient_id)
    pairs = [(x_pre, embeddings.after) for embeddings in inputs]
    return _decode(inputs, pairs, r, features, patient_id, seed, progress, penalty)


def decode_stages(
    inputs: Sequence[PointEmbeddings],
    r: FloatArray,
    features: Sequence[FeatureName],
    patient_id: Sequence[str],
    seed: int = 0,
    progress: Progress | None = None,
) -> list[TrajectoryPoint]:
    """Compare the two embeddings of every stage; arguments as `decode_checkpoints`."""
    _check(inputs)
    pairs = [(embeddings.before, embeddings.after) for embeddings in inputs]
    return _decode(inputs, pairs, r, features, patient_id, seed, progress)


def _decode(
    inputs: Sequence[PointEmbeddings],
    pairs: Sequence[tuple[FloatArray, FloatArray]],
    r: FloatArray,
    features: Sequence[FeatureName],
    patient_id: Sequence[str],
    seed: int,
    progress: Progress | None,
    penalty: float | None = None,
) -> list[TrajectoryPoint]:
    groups, report = (
        [feature.modality_class for feature in features],
        step_counter(progress, "reading features along the path", len(inputs)),
    )
    points = []
    for embeddings, (before, after) in zip(inputs, pairs, strict=True):
        change = decoding_change(before, [after], r, patient_id, groups, seed=seed, penalty=penalty)
        points.append(_point(embeddings, change, features))
        if report:
            report(len(points))
    return points


def _check(inputs: Sequence[PointEmbeddings]) -> None:
    labels = [embeddings.label for embeddings in inputs]
    if not labels:
        raise BadSettings("A trajectory needs at least one checkpoint or stage.")
    if len(set(labels)) < len(labels):
        raise BadSettings("Two points of the trajectory have the same name; name them differently.")


def _point(embeddings: PointEmbeddings, change: DecodingChange, features: Sequence[FeatureName]) -> TrajectoryPoint:
    before, after = (x - x.mean(axis=0) for x in (embeddings.before, embeddings.after))
    varies = bool(before.any() and after.any())
    return TrajectoryPoint(
        label=embeddings.label,
        epoch=embeddings.epoch,
        stage=embeddings.stage,
        width=embeddings.after.shape[1],
        change=change,
        groups=grouping_changes(features, change),
        cka_debiased=debiased_cka(before, after) if varies else float("nan"),
        effective_rank=effective_rank(after),
    )


def changes_of(points: Sequence[TrajectoryPoint], grouping: str) -> list[Changes]:
    """List one `Changes` a point, of the features (`feature`) or of the groups of a grouping."""
    if grouping == "feature":
        return [point.change.features for point in points]
    return [next(one.changes for one in point.groups if one.grouping == grouping) for point in points]
