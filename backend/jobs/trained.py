"""Training that survives being killed, and the weights that come out of it."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backend.errors import BadCheckpoint
from backend.jobs.context import JobContext
from backend.models import Encoder
from backend.science.projection import torch_threads

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")
EpochDone = Callable[[str, int, int], None]
Train = Callable[[Path | None, Path, EpochDone, Callable[[], bool]], T]
"""Resume from, checkpoint, what to call after an epoch, whether to stop: how the training functions end."""


def resumable(context: JobContext, key: str, step: str, train: Train[T]) -> T:
    """Runs a training from its last whole epoch on; one whose checkpoint cannot be used starts anew."""
    checkpoint = context.files.work(key) / "run.pt"

    def epoch_done(words: str, done: int, total: int) -> None:
        context.saved()
        context.log(f"{words}, epoch {done} of {total}.")
        context.progress(step, done, total)

    def attempt(resumed: Path | None) -> T:
        return train(resumed, checkpoint, epoch_done, lambda: False)  # cancelling kills the process

    with torch_threads(context.settings.threads):
        if checkpoint.exists():
            with suppress(BadCheckpoint):
                return attempt(checkpoint)
            context.log("What an earlier start left cannot be resumed; training starts anew.", "warning")
            checkpoint.unlink()
        return attempt(None)


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
