"""Embeddings of a cohort under one encoder and one input, computed where they are missing."""

from collections.abc import Sequence

from sqlalchemy import select

from backend.jobs.cohorts import accepted
from backend.jobs.context import JobContext
from backend.jobs.input_keys import input_key
from backend.jobs.inputs import EncoderInputs
from backend.keys import IMPORTED
from backend.models import Case, Embedding, Encoder
from shared.schemas import EncoderInput

BATCH = 4


def embed_missing(context: JobContext, cohort_id: str, encoder: Encoder, task: str | None) -> int:
    """Embeds the accepted cases that have no embedding under this encoder and the task's input; how many these were."""
    if encoder.arch == IMPORTED:
        return 0
    given = EncoderInput.model_validate(encoder.settings["input"])
    key = input_key(given, task)
    with context.database.read() as session:
        have = set(
            session.scalars(
                select(Embedding.case_id).where(Embedding.encoder_id == encoder.id, Embedding.input_key == key)
            )
        )
        missing = [case for case in accepted(session, cohort_id) if case.id not in have]
    if missing:
        _embed(context, encoder, missing, given, task)
    return len(missing)


def _embed(context: JobContext, encoder: Encoder, cases: Sequence[Case], given: EncoderInput, task: str | None) -> None:
    from backend.science.embedding import embed  # torch: an analysis answered from the cache never needs it
    from backend.science.encoders.checkpoint import load_encoder
    from backend.science.projection import torch_threads
    from backend.science.tasks import task_input

    network = load_encoder(context.files.path(encoder.sha256), encoder.arch)
    inputs = EncoderInputs(context.files, cases, given)
    key = input_key(given, task)
    for start in range(0, len(cases), BATCH):
        part = cases[start : start + BATCH]
        seen = [task_input(inputs[start + i], task or "") for i in range(len(part))]
        with torch_threads(context.settings.threads):
            values = embed(network, seen, len(seen))
        with context.database.write() as session:
            session.add_all(
                Embedding(case_id=case.id, encoder_id=encoder.id, input_key=key, values=row)
                for case, row in zip(part, values, strict=True)
            )
        context.saved()
        context.progress("embedding", start + len(part), len(cases))
