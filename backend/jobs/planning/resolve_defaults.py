"""What a request leaves open (the newest encoder, the newest extraction) is settled when it is submitted.

So a job that waits, or is tried again weeks later, works on what was there when somebody asked. What a job it waits for
will make cannot be known yet and stays open.
"""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy.orm import Session

from backend.jobs.data.cohorts import MAKER_KINDS
from backend.jobs.planning.analysis_plans import PRETRAINED
from backend.jobs.planning.pending_jobs import Upstream
from backend.jobs.planning.requirements import encoder_for
from backend.queries.extractions import extraction_of
from shared import schemas as s

OPEN = ("pre_encoder_id", "ft_encoder_id", "encoder_id", "parent_id", "extraction")
"""Parameters that may be null for the newest."""
TUNED = ("finetune", "import_encoder")


def settled(session: Session, params: s.JobParams, upstream: Upstream) -> s.JobParams:
    """The request with the ids that can be known; it was planned, so what it needs is there."""
    if isinstance(params, s.AnalyseParams | s.TrajectoryParams):
        open_ids = {
            "pre_encoder_id": _encoder(session, params.cohort_id, "pre", None, upstream),
            "ft_encoder_id": _encoder(session, params.cohort_id, "ft", params.task, upstream),
            "extraction": _extraction(session, params, upstream),
        }
    elif isinstance(params, s.FinetuneParams):
        open_ids = {"encoder_id": _encoder(session, params.cohort_id, "pre", None, upstream)}
    elif isinstance(params, s.EmbedParams):
        stage: Literal["pre", "ft"] = "pre" if params.task is None else "ft"
        open_ids = {"encoder_id": _encoder(session, params.cohort_id, stage, params.task, upstream)}
    elif isinstance(params, s.ImportEncoderParams) and params.task is not None:
        open_ids = {"parent_id": _encoder(session, params.cohort_id, "pre", None, upstream)}
    else:
        return params
    return params.model_copy(update={name: found for name, found in open_ids.items() if getattr(params, name) is None})


def asks_the_same(asked: Mapping[str, Any], submitted: Mapping[str, Any]) -> bool:
    """Whether a request is the one that was submitted, whose open ids were settled."""
    return all(submitted.get(name) == value or (value is None and name in OPEN) for name, value in asked.items())


def _encoder(
    session: Session, cohort_id: str, stage: Literal["pre", "ft"], task: str | None, upstream: Upstream
) -> str | None:
    """The newest encoder's id, or None where a job waited for will make a newer one."""
    made = upstream.makes(PRETRAINED, cohort_id) if stage == "pre" else upstream.makes(TUNED, cohort_id, task=task)
    if made or upstream.makes(MAKER_KINDS, cohort_id):
        return None
    return encoder_for(session, cohort_id, stage, task, None).id


def _extraction(session: Session, params: s.AnalyseParams | s.TrajectoryParams, upstream: Upstream) -> str | None:
    if upstream.makes(("extract", *MAKER_KINDS), params.cohort_id):
        return None
    found = extraction_of(session, params.cohort_id, params.roi, params.extraction)
    return None if found is None else found.settings_hash
