"""The embedding job: a cohort by an encoder before and after fine-tuning, or by every checkpoint of the run."""

from time import monotonic
from typing import Any

from backend.jobs.context import JobContext
from backend.jobs.data.cohorts import accepted, cohort_of
from backend.jobs.data.embeddings import embed_all
from backend.jobs.planning.duration_estimates import training_units
from backend.jobs.planning.requirements import embedding_pair
from backend.jobs.resume.checkpoints import checkpoints_of
from backend.models import Encoder
from shared.schemas import EmbedParams, EncoderInput


def run(context: JobContext, params: EmbedParams) -> dict[str, Any]:
    """Embed every layer of every accepted case; existing embeddings are kept.

    With a task: the fine-tuned encoder and its parent, on the task's input; `checkpoints` adds every kept epoch.
    Without: a pre-trained encoder on all modalities.
    """
    start = monotonic()
    with context.database.read() as session:
        cohort = cohort_of(session, params.cohort_id)
        asked, parent = embedding_pair(session, params)
        encoders: list[Encoder] = checkpoints_of(session, asked) if params.checkpoints else [asked]
        encoders = [encoder for encoder in (parent, *encoders) if encoder is not None]
        cases = len(accepted(session, cohort.id))
    made = embed_all(context, cohort.id, encoders, params.task, every_layer=True)
    return {
        "cohort_id": cohort.id,
        "encoders": [encoder.id for encoder in encoders],
        "embedded": made,
        "cached": made == 0,
        "units": made and training_units(made, 1, asked.arch, EncoderInput.model_validate(asked.settings["input"])),
        "studies": cases,
        "seconds": monotonic() - start,
    }
