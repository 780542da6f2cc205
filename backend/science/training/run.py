"""Common parts of pre-training and fine-tuning: device, order of cases, learning rate, and resumable runs.

After every epoch the whole run (model, optimiser, scheduler, random generator, history) is written to one file, by
temporary file, fsync and rename. A run that was killed and resumed is bit-identical to an uninterrupted one on a CPU
with the same number of threads: every random draw comes from the generator in the file.
"""

import dataclasses
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.errors import BadCheckpoint, BadImage, Cancelled, Diverged
from backend.science.compute.device import move_model
from backend.science.compute.out_of_memory import out_of_memory, training_memory
from backend.science.encoders.checkpoint import write_atomically

EpochRecord = dict[str, float | None]


def ignore(*_: Any) -> None:
    """Do nothing: the default callback."""


@dataclasses.dataclass(frozen=True)
class TrainingCallbacks:
    """Callbacks of a training: progress, records, weights to keep, and whether to stop.

    `progress(text, epochs done, of)` and `epoch(record)` are called when an epoch is on disk; a resumed run first
    calls `epoch` for the epochs it finds. `keep(epoch, encoder state)` is called before that epoch counts as done, so
    that a run killed in between keeps the same weights again. `picture(epoch, slices)` gets a reconstruction
    (C, 3, H, W) of pre-training, also before the epoch counts as done.
    """

    progress: Callable[[str, int, int], None] = ignore
    should_stop: Callable[[], bool] = bool
    epoch: Callable[[EpochRecord], None] = ignore
    keep: Callable[[int, dict[str, Tensor]], None] = ignore
    picture: Callable[[int, NDArray[np.float32]], None] = ignore


def check_inputs(inputs: Sequence[NDArray[np.float32]]) -> tuple[int, int, int]:
    """Return the shape (D, H, W) of all cases. Raises BadImage unless each is finite float32 of one (C, D, H, W)."""
    if not inputs:
        raise BadImage("There is no case to train on; give at least one.")
    shape = inputs[0].shape
    for index, case in enumerate(inputs):
        if case.ndim != 4 or case.shape != shape or case.dtype != np.float32:
            raise BadImage(
                f"Case {index} is {case.dtype} of shape {case.shape}; every case must be float32 of shape "
                f"(C, D, H, W), the same for all: crop or pad them first."
            )
        if not np.isfinite(case).all():
            raise BadImage(f"Case {index} holds values that are not finite; check its images.")
    return shape[1], shape[2], shape[3]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch inside the block; afterwards the caller's random state is restored. GPU generators are not changed.

    Weights are drawn on the CPU, whatever device they are used on.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def move_to_train(model: nn.Module, device: torch.device, batch: int) -> None:
    """Move the model to the device. Raises BadSettings where its memory does not suffice, as a training does."""
    with training_memory(device, batch, int):
        move_model(model, device)


def batches(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Split the order into batches; a single last case joins the batch before it, because of BatchNorm."""
    cuts = list(range(0, len(order), size))
    if size > 1 and len(cuts) > 1 and len(order) - cuts[-1] == 1:
        cuts.pop()
    return [order[start:stop] for start, stop in zip(cuts, [*cuts[1:], len(order)], strict=True)]


def learning_rate_factor(epoch: int, warmup: int, epochs: int, cosine: bool) -> float:
    """Factor on the base learning rate in an epoch (from 0): linear warm-up, then constant or half a cosine to 0."""
    if epoch < warmup:
        return (epoch + 1) / warmup
    if not cosine:
        return 1.0
    return 0.5 * (1.0 + math.cos(math.pi * (epoch - warmup) / max(epochs - warmup, 1)))


def fingerprint(settings: object, seed: int, arrays: Iterable[NDArray[Any]], extra: str = "") -> str:
    """sha256 of settings (a dataclass), seed and data; a run is only resumed under the same fingerprint."""
    digest = hashlib.sha256()
    digest.update(json.dumps([dataclasses.asdict(settings), seed, extra], sort_keys=True).encode())  # type: ignore[call-overload] # any dataclass
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@dataclasses.dataclass
class TrainingRun:
    """The state of a training, which can be saved and resumed."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    scheduler: torch.optim.lr_scheduler.LRScheduler
    generator: torch.Generator
    fingerprint: str
    history: list[EpochRecord] = dataclasses.field(default_factory=list)
    best: dict[str, Tensor] = dataclasses.field(default_factory=dict)

    @property
    def epoch(self) -> int:
        """Number of finished epochs."""
        return len(self.history)

    def save(self, path: Path) -> None:
        """Write the state after an epoch."""
        buffer = io.BytesIO()
        state = {
            "fingerprint": self.fingerprint,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scheduler": {key: value for key, value in self.scheduler.state_dict().items() if key != "lr_lambdas"},
            "generator": self.generator.get_state(),
            "history": self.history,
            "best": self.best,
        }
        torch.save(state, buffer)
        write_atomically(path, buffer.getvalue())

    def resume(self, path: Path) -> None:
        """Load the state of a file. Raises BadCheckpoint where it is damaged or of another run."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            found = state["fingerprint"]
        except Exception as error:  # torch raises many exception types on damaged bytes
            if out_of_memory(error):
                raise
            raise BadCheckpoint(f"{path.name} is not a training checkpoint that can be resumed; start anew.") from error
        if found != self.fingerprint:
            raise BadCheckpoint(
                f"{path.name} belongs to a run with other settings, another seed or other cases; start anew."
            )
        try:
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
        except (ValueError, RuntimeError) as error:  # other parameter groups, from another version of this program
            if out_of_memory(error):  # nothing is wrong with the file
                raise
            raise BadCheckpoint(f"{path.name} was written by another version; start anew.") from error
        self.scheduler.load_state_dict({**self.scheduler.state_dict(), **state["scheduler"]})
        self.generator.set_state(state["generator"])
        self.history = state["history"]
        self.best = state["best"]

    def start_step(self) -> None:
        """Reset the gradients."""
        self.optimiser.zero_grad(set_to_none=True)

    def add(self, loss: Tensor, share: float) -> float:
        """Add `share` of a loss to the gradients and return the loss. Raises Diverged where it is not finite."""
        value = float(loss.detach())
        if not math.isfinite(value):
            raise Diverged(self.diverged(f"the loss of a batch is {value}"))
        (loss * share).backward()  # type: ignore[no-untyped-call] # torch ships no types for it
        return value

    def finish_step(self, clip_norm: float = 0.0) -> None:
        """Make one optimiser step; gradients of a norm above `clip_norm` are clipped to it.

        Raises Diverged, and leaves the weights alone, where the gradient is not finite.
        """
        parameters = [p for group in self.optimiser.param_groups for p in group["params"] if p.grad is not None]
        length = torch.nn.utils.clip_grad_norm_(parameters, clip_norm or math.inf)
        if not bool(length.isfinite()):
            raise Diverged(self.diverged("the gradient of a batch is not finite"))
        self.optimiser.step()

    def diverged(self, what: str) -> str:
        """Make the exception of a training whose loss or gradient is not finite."""
        rate = max(float(group["lr"]) for group in self.optimiser.param_groups)
        return (
            f"Training stopped in epoch {self.epoch + 1}: {what}. Lower the learning rate (it is {rate:g}), clip the "
            "gradient, or train in float32; the weights of the last whole epoch are untouched."
        )

    def shuffled(self, cases: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shuffle the cases."""
        order: NDArray[np.int64] = torch.randperm(len(cases), generator=self.generator).numpy()
        return cases[order]


def stop_if_asked(callbacks: TrainingCallbacks, epoch: int, what: str) -> None:
    """Raise Cancelled where a stop was requested; the checkpoint of the last finished epoch stays."""
    if callbacks.should_stop():
        raise Cancelled(f"{what} was stopped after {epoch} whole epochs; it can be resumed from there.")
