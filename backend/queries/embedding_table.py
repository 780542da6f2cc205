"""The embeddings of a cohort under one encoder as a table, a row a study."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadSettings, NotFound
from backend.models import Case, Cohort, Embedding, Encoder
from backend.queries.stored_embeddings import embeddings_of
from backend.science.tables.embedding_files import EmbeddingForm, embedding_pieces
from backend.storage.cache_keys import IMPORTED, encoder_input_key
from shared.csv_cells import neutral

POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class EmbeddingTable:
    """Embeddings (N, d) of the accepted studies that have one, by study id; `missing` counts the others."""

    encoder: Encoder
    layer: str
    studies: list[str]
    patients: list[str]
    values: NDArray[Any]
    missing: int

    def pieces(self, form: EmbeddingForm) -> Iterator[bytes]:
        """The bytes of a file of this table."""
        return embedding_pieces(form, self.studies, self.patients, self.values, neutral)


def embedding_table(
    session: Session, cohort_id: str, encoder_id: str, stage: str = POOLED, task: str | None = None
) -> EmbeddingTable:
    """Read the table of one stage: `pooled`, or `1`, `2`, ... as `stage1`, `stage2`, ...

    `task` says whose input the encoder saw; its own task's unless told. Raises NotFound for an unknown cohort or
    encoder, BadSettings where no study is embedded like that, Damaged where a stored row is.
    """
    encoder = session.get(Encoder, encoder_id)
    if encoder is None:
        raise NotFound("There is no encoder of that id; the list of encoders names them all.")
    if session.get(Cohort, cohort_id) is None:
        raise NotFound("There is no such cohort; the Data page lists them all.")
    layer = f"stage{stage}" if stage.isascii() and stage.isdecimal() else stage
    key = IMPORTED if encoder.arch == IMPORTED else encoder_input_key(encoder, task or encoder.task or "")
    accepted = select(Case).where(Case.cohort_id == cohort_id, Case.status == "accepted").order_by(Case.study_id)
    cases = session.scalars(accepted).all()
    found = embeddings_of(session, encoder.id, key, layer)
    embedded = [case for case in cases if case.id in found]
    if not embedded:
        raise BadSettings(_nothing(session, cohort_id, encoder, key, layer))
    return EmbeddingTable(
        encoder=encoder,
        layer=layer,
        studies=[case.study_id for case in embedded],
        patients=[case.patient_id for case in embedded],
        values=np.stack([found[case.id] for case in embedded]),
        missing=len(cases) - len(embedded),
    )


def _nothing(session: Session, cohort_id: str, encoder: Encoder, key: str, layer: str) -> str:
    """Why there is no table: another stage, another task's input, or nothing was embedded."""
    rows = select(Embedding.layer, Embedding.input_key).join(Case).where(Case.cohort_id == cohort_id)
    there = session.execute(rows.where(Embedding.encoder_id == encoder.id).distinct()).all()
    layers = sorted({name for name, seen in there if seen == key})
    if layers:
        return f"This encoder has no {layer[:40]} embeddings of this cohort; it has {', '.join(layers)}."
    if there:
        return "This encoder embedded this cohort with another input; name the task that it was for (task, --task)."
    return "No study of this cohort is embedded with this encoder yet; run `radiomiclens embed-cohort` first."
