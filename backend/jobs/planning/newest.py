"""The newest encoder or extraction of a cohort: the default of a parameter that was left open."""

from sqlalchemy.orm import Session

from backend.jobs.planning.products import FT_ENCODER, PRE_ENCODER, Pending
from backend.jobs.planning.requirements import encoder_for
from backend.queries.extractions import extraction_of
from shared import schemas as s

Tuned = s.AnalyseParams | s.TrajectoryParams | s.EmbedParams


def pre_encoder(
    session: Session, params: s.AnalyseParams | s.TrajectoryParams | s.FinetuneParams | s.EmbedParams, pending: Pending
) -> str | None:
    """Id of the cohort's newest pre-trained encoder; None where a pending job makes a newer one.

    Raises BadSettings where there is no such encoder.
    """
    return _pre_encoder(session, params.cohort_id, pending)


def ft_encoder(session: Session, params: Tuned, pending: Pending) -> str | None:
    """Id of the newest encoder fine-tuned for the task; None where a pending job makes a newer one.

    Of several runs it is the first, and never a control. Raises BadSettings where there is no such encoder.
    """
    if pending(FT_ENCODER, params.cohort_id, task=params.task) or pending(("cohort",), params.cohort_id):
        return None
    return encoder_for(session, params.cohort_id, "ft", params.task, None).id


def embedding_encoder(session: Session, params: s.EmbedParams, pending: Pending) -> str | None:
    """Id of the encoder to embed with: the task's newest, or without a task the newest pre-trained one."""
    return (pre_encoder if params.task is None else ft_encoder)(session, params, pending)


def parent_encoder(session: Session, params: s.ImportEncoderParams, pending: Pending) -> str | None:
    """Id of the encoder that an imported fine-tuned one came from; None for an encoder before fine-tuning."""
    return None if params.task is None else _pre_encoder(session, params.cohort_id, pending)


def extraction(session: Session, params: s.AnalyseParams | s.TrajectoryParams, pending: Pending) -> str | None:
    """Settings hash of the newest extraction; None where a pending job makes a newer one, or there is none."""
    if pending(("radiomics", "cohort"), params.cohort_id):
        return None
    found = extraction_of(session, params.cohort_id, params.roi, params.extraction)
    return None if found is None else found.settings_hash


def _pre_encoder(session: Session, cohort_id: str, pending: Pending) -> str | None:
    if pending(PRE_ENCODER, cohort_id, task=None) or pending(("cohort",), cohort_id):
        return None
    return encoder_for(session, cohort_id, "pre", None, None).id
