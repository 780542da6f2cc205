"""Embeddings of a cohort under one encoder and one input, computed where they are missing."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from backend.files import Files
from backend.jobs.cohorts import accepted
from backend.jobs.context import JobContext
from backend.jobs.lens_tables import IMPORTED
from backend.keys import IMAGES, TRAINING_CODE, request_key, volume_key
from backend.models import Case, Embedding, Encoder
from backend.science.images import encoder_input
from backend.volumes import load_prepared
from shared.schemas import EncoderInput

SEEN_BY_TASK = {"volume": ("T2",)}
"""Modalities a task lets through, where not all three; both stages are embedded on what the task sees."""
BATCH = 4


def input_key(given: EncoderInput, task: str | None) -> str:
    """Names the input of an embedding: size, spacing and modalities."""
    seen = SEEN_BY_TASK.get(task or "", IMAGES)
    return request_key("input", code=TRAINING_CODE, given=given.model_dump(mode="json"), modalities=list(seen))


def input_key_of(pre: Encoder, ft: Encoder, task: str) -> tuple[str, str]:
    """The input under which each of the two encoders is read for a task; imported embeddings have only one."""
    before, after = (
        IMPORTED
        if encoder.arch == IMPORTED
        else input_key(EncoderInput.model_validate(encoder.settings["input"]), task)
        for encoder in (pre, ft)
    )
    return before, after


class EncoderInputs(Sequence[NDArray[np.float32]]):
    """What an encoder sees of each case, (3, D, H, W) float32, read from the cache case by case."""

    def __init__(self, files: Files, cases: Sequence[Case], given: EncoderInput) -> None:
        self._files, self._cases, self._given = files, cases, given

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, row):  # type: ignore[no-untyped-def]
        case = self._cases[row]
        volumes = volume_key(case.volumes, (*IMAGES, "gland"))
        key = request_key(
            "encoder input", code=TRAINING_CODE, given=self._given.model_dump(mode="json"), volumes=volumes
        )
        cached = self._files.derived(key)
        if cached is not None:
            return np.load(io.BytesIO(cached), allow_pickle=False)
        array = encoder_input(load_prepared(self._files, case), self._given.size_zyx, self._given.spacing_zyx_mm)
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        self._files.keep(key, buffer.getvalue())
        return array


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
    from backend.science.tasks import task_input

    network = load_encoder(context.files.path(encoder.sha256), encoder.arch)
    inputs = EncoderInputs(context.files, cases, given)
    key = input_key(given, task)
    for start in range(0, len(cases), BATCH):
        part = cases[start : start + BATCH]
        seen = [task_input(inputs[start + i], task or "") for i in range(len(part))]
        values = embed(network, seen, len(seen))
        with context.database.write() as session:
            session.add_all(
                Embedding(case_id=case.id, encoder_id=encoder.id, input_key=key, values=row)
                for case, row in zip(part, values, strict=True)
            )
        context.saved()
        context.progress("embedding", start + len(part), len(cases))
