"""The trajectory job: the trust block along the checkpoints of a fine-tuning run or the encoder's stages."""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from backend.jobs.context import JobContext
from backend.jobs.data.cohorts import cohort_of
from backend.jobs.data.embeddings import embed_all
from backend.jobs.data.lens_tables import LensTables, gather
from backend.jobs.data.own_input import check_stages
from backend.jobs.planning.requirements import encoder_for
from backend.jobs.resume.checkpoints import checkpoints_of
from backend.models import Cohort, Encoder, Trajectory
from backend.queries.stored_embeddings import layers_of_encoder
from backend.storage.cache_keys import LENS_CODE, input_key_of, request_key
from shared.schemas import TrajectoryParams

if TYPE_CHECKING:
    from backend.science.trajectory.from_tables import TrajectoryResult

WHO_AND_WHAT = {"kind", "cohort_id", "pre_encoder_id", "ft_encoder_id", "extraction"}
"""Parameters that name the data; the others are settings."""


def run(context: JobContext, params: TrajectoryParams) -> dict[str, Any]:
    """Embed what is missing, decode every point and store the result in one transaction."""
    start = monotonic()
    with context.database.read() as session:
        cohort = cohort_of(session, params.cohort_id)
        pre = encoder_for(session, cohort.id, "pre", None, params.pre_encoder_id)
        ft = encoder_for(session, cohort.id, "ft", params.task, params.ft_encoder_id)
        run_of = checkpoints_of(session, ft) if params.along == "checkpoints" else [ft]
    if params.along == "stages":
        check_stages([pre, ft])
    if params.along == "checkpoints":
        embed_all(context, cohort.id, [pre, *run_of], params.task)
    else:
        embed_all(context, cohort.id, [pre, ft], params.task, every_layer=True)
    points = _gathered(context, cohort, params, pre, run_of)
    key = _cache_key(params, cohort, pre, run_of, list(points.values()))
    with context.database.read() as session:
        known = session.scalar(select(Trajectory.id).where(Trajectory.cache_key == key))
    if known is not None:
        context.log("The same trajectory was computed before; that one is the answer.")
        return {"trajectory_id": known, "cohort_id": cohort.id, "cached": True}
    found = _decode(context, params, run_of, points)
    row = _row(params, cohort, key, found, run_of if params.along == "checkpoints" else run_of * len(found.points))
    with context.database.write() as session:
        session.add(row)
        session.flush()
    return {
        "trajectory_id": row.id,
        "cohort_id": cohort.id,
        "cached": False,
        "units": len(points),
        "seconds": monotonic() - start,
    }


def _gathered(
    context: JobContext, cohort: Cohort, params: TrajectoryParams, pre: Encoder, run_of: Sequence[Encoder]
) -> dict[str, LensTables]:
    """The tables of every point by its label."""
    with context.database.read() as session:
        if params.along == "stages":
            keys = input_key_of(pre, run_of[0], params.task)
            return {
                f"stage {layer.removeprefix('stage')}": gather(
                    session, cohort, params.roi, pre, run_of[0], keys, layer=layer, extraction=params.extraction
                )
                for layer in layers_of_encoder(run_of[0])[:-1]
            }
        return {
            f"epoch {one.epoch}": gather(
                session, cohort, params.roi, pre, one, input_key_of(pre, one, params.task), extraction=params.extraction
            )
            for one in run_of
        }


def _cache_key(
    params: TrajectoryParams, cohort: Cohort, pre: Encoder, run_of: Sequence[Encoder], points: Sequence[LensTables]
) -> str:
    return request_key(
        "trajectory",
        code=LENS_CODE,
        cohort=cohort.id,
        encoders=[pre.id, *(one.id for one in run_of)],
        extractions=sorted({one.extraction for one in points}),
        tables=[[table.content_sha256() for table in (one.pre, one.ft, one.radiomics)] for one in points],
        settings=params.model_dump(mode="json", exclude=WHO_AND_WHAT),
    )


def _decode(
    context: JobContext,
    params: TrajectoryParams,
    run_of: Sequence[Encoder],
    points: dict[str, LensTables],
) -> "TrajectoryResult":
    from backend.science.lens.settings import LensSettings
    from backend.science.trajectory.from_tables import checkpoint_trajectory, stage_trajectory

    settings = LensSettings(seed=params.seed, intersect=True)
    first = next(iter(points.values()))
    if params.along == "stages":
        both = {name: (one.pre, one.ft) for name, one in points.items()}
        return stage_trajectory(both, first.radiomics, settings, context.progress)
    epochs = {name: one.epoch for name, one in zip(points, run_of, strict=True)}
    after = {name: one.ft for name, one in points.items()}
    return checkpoint_trajectory(first.pre, after, first.radiomics, settings, epochs, context.progress)


def _row(
    params: TrajectoryParams, cohort: Cohort, key: str, found: "TrajectoryResult", run_of: Sequence[Encoder]
) -> Trajectory:
    from backend.science.analysis.json_ready import json_ready
    from backend.science.trajectory.tables import feature_values, group_lines, point_record, trajectory_sentences

    summary = {
        "n_studies": len(found.study_id),
        "n_patients": found.n_patients,
        "n_features": len(found.features),
        "seed": params.seed,
        "points": [
            json_ready(point_record(point) | {"encoder_id": encoder.id})
            for point, encoder in zip(found.points, run_of, strict=True)
        ],
        "sentences": trajectory_sentences(found.points, params.along == "checkpoints"),
        "lines": [json_ready(line) for line in group_lines(found.points)],
    }
    return Trajectory(
        cohort_id=cohort.id,
        task=params.task,
        roi=params.roi,
        along=params.along,
        summary=summary,
        features=[feature.column for feature in found.features],
        values=feature_values(found.points),
        cache_key=key,
    )
