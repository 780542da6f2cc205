"""The checkpoints a training passed: files while it runs, encoders of their own when it is done."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Encoder
from backend.storage.blob_store import BlobStore

if TYPE_CHECKING:
    from torch import Tensor

PATTERN = "epoch-*.safetensors"


def checkpoint_saver(work: Path, arch: str) -> "Callable[[int, Mapping[str, Tensor]], None]":
    """A function that writes the encoder of an epoch into the run's work folder, replacing the file of that epoch."""
    from backend.science.encoders.checkpoint import save_checkpoint

    def save(epoch: int, state: "Mapping[str, Tensor]") -> None:
        named = {f"encoder.{key}": value for key, value in state.items()}
        save_checkpoint(work / f"epoch-{epoch:05d}.safetensors", named, {"arch": arch, "epoch": epoch})

    return save


def checkpoint_rows(files: BlobStore, work: Path, run: Encoder) -> list[Encoder]:
    """Rows for the files of the work folder, their bytes in the store; the run's own epoch is the run itself.

    `run` must have its id already.
    """
    rows = []
    for path in sorted(work.glob(PATTERN)):
        epoch = int(path.stem.removeprefix("epoch-"))
        if epoch == run.epoch:
            continue
        rows.append(
            Encoder(
                cohort_id=run.cohort_id,
                parent_id=run.parent_id,
                run_id=run.id,
                name=f"{run.name}, epoch {epoch}",
                arch=run.arch,
                sha256=files.put(path.read_bytes()),
                stage=run.stage,
                task=run.task,
                epoch=epoch,
                control=run.control,
                settings=run.settings,
                cache_key=f"{run.cache_key}-{epoch}",
            )
        )
    return rows


def checkpoints_of(session: Session, encoder: Encoder) -> list[Encoder]:
    """The encoders of a run by epoch: its checkpoints, and the run's own at the epoch its weights are of."""
    run_id = encoder.run_id or encoder.id
    rows = session.scalars(select(Encoder).where((Encoder.run_id == run_id) | (Encoder.id == run_id)))
    return sorted(rows, key=lambda row: (row.epoch or 0, row.run_id is None))
