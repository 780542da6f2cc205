"""Training that resumes from its last whole epoch, and the weights that come out of it."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from backend.errors import BadCheckpoint
from backend.jobs.compute.gpu_lock import device_lane
from backend.jobs.context import JobContext
from backend.jobs.resume.checkpoints import checkpoint_rows, checkpoint_saver
from backend.jobs.resume.epoch_rows import EpochRows
from backend.models import Encoder
from backend.rendering.montage import strip_png
from backend.science.compute.threads import torch_threads

if TYPE_CHECKING:
    from torch import Tensor

    from backend.science.training.run import TrainingCallbacks

T = TypeVar("T")
Train = Callable[[Path | None, Path, "TrainingCallbacks"], T]
"""A training function's last parameters: the file to resume from, the checkpoint to write, the callbacks."""


def resumable(
    context: JobContext,
    key: str,
    arch: str,
    step: str,
    train: Train[T],
    place: int = 0,
    which: str = "",
    channels: Sequence[str] = (),
) -> T:
    """Runs a training from its last whole epoch on; one whose checkpoint cannot be used starts anew.

    `place` counts the trainings of the job from 0; `which` says it in words (`run 2 of 5`) where there are several.
    `channels`: the modalities of pictures of a reconstruction.
    """
    work = context.files.work_folder(key)
    checkpoint = work / "run.pt"
    callbacks = job_callbacks(context, work, arch, step, place, which, channels)
    with torch_threads(context.settings.threads), device_lane(context):
        if checkpoint.exists():
            with suppress(BadCheckpoint):
                return train(checkpoint, checkpoint, callbacks)
            context.log("What an earlier start left cannot be resumed; training starts anew.", "warning")
            checkpoint.unlink()
        return train(None, checkpoint, callbacks)


def job_callbacks(
    context: JobContext, work: Path, arch: str, step: str, place: int, which: str, channels: Sequence[str]
) -> "TrainingCallbacks":
    """Callbacks that write the course of a training into the job's row, log, curves and pictures.

    None of them stops the training: cancelling kills the process.
    """
    from backend.science.training.run import TrainingCallbacks

    rows = EpochRows(context.database, context.job_id, place)
    before = f"{which}: ".capitalize() if which else ""

    def progress(words: str, done: int, total: int) -> None:
        context.saved()
        context.log(f"{before}{words}, epoch {done} of {total}.")
        context.progress(f"{which}, epochs" if which else step, done, total)

    def picture(epoch: int, slices: NDArray[np.float32]) -> None:
        named = zip(channels, slices, strict=True)
        rows.pictures(epoch, {modality: context.files.put(strip_png(tiles)) for modality, tiles in named})

    return TrainingCallbacks(progress=progress, epoch=rows.epoch, keep=checkpoint_saver(work, arch), picture=picture)


def register(
    context: JobContext,
    encoder: Encoder,
    state: "Mapping[str, Tensor]",
    metadata: Mapping[str, Any],
    also: Callable[[Session], None] | None = None,
) -> None:
    """Stores the weights and the checkpoints, then the rows that name them, then drops what the run needed.

    `also` is called within the transaction that adds the rows.
    """
    from backend.science.encoders.checkpoint import save_checkpoint

    work = context.files.work_folder(encoder.cache_key)
    written = work / "weights.safetensors"
    save_checkpoint(written, state, metadata)
    encoder.sha256 = context.files.put(written.read_bytes())
    with context.database.write() as session:
        session.add(encoder)
        session.flush()
        session.add_all(checkpoint_rows(context.files, work, encoder))
        if also is not None:
            also(session)
    shutil.rmtree(work)
