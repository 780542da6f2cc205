"""Reads stored embeddings, one row a case, encoder, input and layer, without torch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Embedding, Encoder
from backend.science.embedding.settings import LAYERS, POOLED, Layer, layers_of
from shared.encoder_facts import stages_of

__all__ = ["LAYERS", "POOLED", "Layer", "embeddings_of", "layers_of_encoder", "read_row"]


def layers_of_encoder(encoder: Encoder) -> tuple[Layer, ...]:
    """The layers that are stored together for a case: the encoder's stages, and `pooled`."""
    return layers_of(stages_of(encoder.settings))


def embeddings_of(
    session: Session, encoder_id: str, input_key: str, layer: str = "pooled"
) -> dict[str, NDArray[np.generic]]:
    """Case id -> embedding (d,) of one layer: `pooled`, or `stage1`, `stage2`, ..., the stages' averages.

    Raises Damaged where a row is not what was written.
    """
    rows: Sequence[Embedding] = session.scalars(
        select(Embedding).where(
            Embedding.encoder_id == encoder_id, Embedding.input_key == input_key, Embedding.layer == layer
        )
    ).all()
    return {row.case_id: row.values for row in rows}


def read_row(session: Session, case_id: str, encoder_id: str, input_key: str, layer: str) -> Embedding:
    """One row, checked against its hashes; raises Damaged."""
    return session.get_one(Embedding, (case_id, encoder_id, input_key, layer), populate_existing=True)
