"""Reads stored embeddings, one row a case, encoder, input and layer, without torch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Embedding
from backend.science.embedding.settings import LAYERS, Layer

__all__ = ["LAYERS", "Layer", "embeddings_of", "read_row"]


def embeddings_of(
    session: Session, encoder_id: str, input_key: str, layer: str = "pooled"
) -> dict[str, NDArray[np.generic]]:
    """Case id -> embedding (d,) of one layer: `pooled`, or `stage1` .. `stage4`, the stages' global averages.

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
