"""Decodes radiomics along the checkpoints of a fine-tuning run, or along the stages of an encoder, in one fold split.

Along checkpoints every point is compared with the common pre-trained embedding, and one penalty a fold serves all of
them, so that R2 before is one number. Along stages both encoders' embeddings of a stage are compared; stages differ in
width, so each chooses its own penalty from the same grid. Patients are resampled together at all points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import BadSettings
from backend.science.compute.progress import prefixed
from backend.science.lens.settings import LensSettings
from backend.science.tables.feature_names import FeatureName
from backend.science.trust.bootstrap import ReplicateStore
from backend.science.trust.change import Change, GroupChange, StageComparison, count_flags, group_changes
from backend.science.trust.decoders.ridge import gram
from backend.science.trust.measurement import measure
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
    comparison: StageComparison
    groups: tuple[GroupChange, ...]
    cka_debiased: float
    effective_rank: float

    @property
    def flags(self) -> dict[str, int]:
        return count_flags(self.comparison.features.evidence.flag)


def decode_checkpoints(
    x_pre: FloatArray,
    inputs: Sequence[PointEmbeddings],
    r: FloatArray,
    features: Sequence[FeatureName],
    patient_id: Sequence[str],
    settings: LensSettings,
    progress: Progress | None = None,
    store: ReplicateStore | None = None,
) -> list[TrajectoryPoint]:
    """Compare every checkpoint with x_pre (N, d) by one run of `measure`.

    r: radiomics (N, K) of `features`. Raises BadSettings without inputs, or where two have the same label.
    """
    _check(inputs)
    products = [gram(x_pre), *(gram(embeddings.after) for embeddings in inputs)]
    measured = measure(products, r, patient_id, settings, progress, store)
    return [_point(embeddings, measured.compare(0, number + 1), features) for number, embeddings in enumerate(inputs)]


def decode_stages(
    inputs: Sequence[PointEmbeddings],
    r: FloatArray,
    features: Sequence[FeatureName],
    patient_id: Sequence[str],
    settings: LensSettings,
    progress: Progress | None = None,
) -> list[TrajectoryPoint]:
    """Compare the two embeddings of every stage by one run of `measure` each; arguments as `decode_checkpoints`."""
    _check(inputs)
    points = []
    for embeddings in inputs:
        products = (gram(embeddings.before), gram(embeddings.after))
        measured = measure(products, r, patient_id, settings, prefixed(progress, embeddings.label))
        points.append(_point(embeddings, measured.compare(0, 1), features))
    return points


def _check(inputs: Sequence[PointEmbeddings]) -> None:
    labels = [embeddings.label for embeddings in inputs]
    if not labels:
        raise BadSettings("A trajectory needs at least one checkpoint or stage.")
    if len(set(labels)) < len(labels):
        raise BadSettings("Two points of the trajectory have the same name; name them differently.")


def _point(
    embeddings: PointEmbeddings, comparison: StageComparison, features: Sequence[FeatureName]
) -> TrajectoryPoint:
    before, after = (x - x.mean(axis=0) for x in (embeddings.before, embeddings.after))
    varies = bool(before.any() and after.any())
    return TrajectoryPoint(
        label=embeddings.label,
        epoch=embeddings.epoch,
        stage=embeddings.stage,
        width=embeddings.after.shape[1],
        comparison=comparison,
        groups=tuple(group_changes(features, comparison)),
        cka_debiased=debiased_cka(before, after) if varies else float("nan"),
        effective_rank=effective_rank(after),
    )


def changes_of(points: Sequence[TrajectoryPoint], grouping: str) -> list[Change]:
    """List one `Change` a point, of the features (`feature`) or of the groups of a grouping."""
    if grouping == "feature":
        return [point.comparison.features for point in points]
    return [next(one.change for one in point.groups if one.grouping == grouping) for point in points]
