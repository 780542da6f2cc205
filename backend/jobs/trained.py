"""Weights that came out of training: a file named by its sha256, then the encoder's row."""

import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from backend.jobs.context import JobContext
from backend.models import Encoder

if TYPE_CHECKING:
    from torch import Tensor


def register(context: JobContext, encoder: Encoder, state: "Mapping[str, Tensor]", metadata: Mapping[str, Any]) -> None:
    """Stores the weights, then the row that names them, then drops what the run could have resumed from."""
    from backend.science.encoders.checkpoint import save_checkpoint

    work = context.files.work(encoder.cache_key)
    written = work / "weights.safetensors"
    save_checkpoint(written, state, metadata)
    encoder.sha256 = context.files.put(written.read_bytes())
    with context.database.write() as session:
        session.add(encoder)
    shutil.rmtree(work)
