"""Pre-training and fine-tuning on a GPU as jobs call them: seconds a step, memory, losses, and a resume.

16 drawn cases of full size; the costs of reading from a data folder and of augmentation are differences of two lines.
"""

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backend.errors import Cancelled
from backend.science.encoders.registry import build_encoder
from backend.science.training.finetune import FinetuneSettings, LabelledCases, Split, finetune
from backend.science.training.pretrain import PretrainSettings, pretrain
from backend.science.training.run import EpochRecord, TrainingCallbacks
from benchmarks.cuda import FULL, Table, fresh, peak
from benchmarks.gpu_embedding import Case, Stored, drawn
from benchmarks.targets import TARGETS

CASES, EPOCHS, BATCH = 16, 3, 4
SPLIT = Split(np.arange(12), np.array([12, 13]), np.array([14, 15]))


class Steps:
    """Callbacks that time a training's steps and epochs and can stop it after some steps."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.starts: list[float] = []
        self.ends: list[float] = []
        self.stop_after = stop_after
        self.callbacks = TrainingCallbacks(should_stop=self._start_step, epoch=self._end_epoch)

    def _start_step(self) -> bool:
        torch.cuda.synchronize()
        self.starts.append(time.perf_counter())
        return self.stop_after is not None and len(self.starts) > self.stop_after

    def _end_epoch(self, _record: EpochRecord) -> None:
        torch.cuda.synchronize()
        self.ends.append(time.perf_counter())

    def seconds_a_step(self) -> float:
        """Median time from one step's start to the next within an epoch, the first epoch left out."""
        later = [at for at in self.starts if at > self.ends[0]]
        return statistics.median(
            second - first for first, second in pairwise(later) if not any(first < end < second for end in self.ends)
        )

    def seconds_an_epoch(self) -> float:
        """Median time between ends of epochs: steps, validation, and writing the run to disk."""
        return statistics.median(second - first for first, second in pairwise(self.ends))


@dataclasses.dataclass(frozen=True)
class Plan:
    """One training and how to call it: (cases, resume from, checkpoint, callbacks) -> its history."""

    name: str
    run: Callable[[Sequence[Case], Path | None, Path, TrainingCallbacks], Sequence[EpochRecord]]


def plans(arch: str) -> Iterator[Plan]:
    """Pre-training, and the three tasks, two of them with augmentation, too."""
    pre = PretrainSettings(arch=arch, epochs=EPOCHS, warmup_epochs=1, batch=BATCH, lr=1e-4, picture_every=EPOCHS)
    yield Plan("pre-training", lambda cases, *rest: pretrain(cases, pre, 0, *rest).history)
    torch.manual_seed(0)
    start = build_encoder(arch).state_dict()
    targets = targets_of(CASES)
    plain = FinetuneSettings(arch=arch, epochs=EPOCHS, batch=BATCH, lr=1e-4)
    varied = dataclasses.replace(plain, augment=True, augment_intensity=True)

    def plan(name: str, task: str, settings: FinetuneSettings) -> Plan:
        def run(cases: Sequence[Case], *rest: Any) -> Sequence[EpochRecord]:
            labelled = LabelledCases(cases, targets[task], SPLIT)
            return finetune(start, labelled, TARGETS[task], settings, 0, *rest).history

        return Plan(name, run)

    yield plan("CLS", "pirads", plain)
    yield plan("CLS, with augmentation", "pirads", varied)
    yield plan("REG", "volume", plain)
    yield plan("SEG-L", "lesion_seg", plain)
    yield plan("SEG-L, with augmentation", "lesion_seg", varied)


def targets_of(count: int) -> dict[str, list[Any]]:
    """A label, a ball as lesion and a volume for every case."""
    z, y, x = np.ogrid[: FULL[1], : FULL[2], : FULL[3]]
    balls = [(z - 32) ** 2 + (y - 90 - 5 * n) ** 2 + (x - 112) ** 2 < (6 + n % 5) ** 2 for n in range(count)]
    return {
        "lesion_seg": balls,
        "pirads": [n % 4 for n in range(count)],
        "volume": [20.0 + 5 * n for n in range(count)],
    }


def trainings(arch: str) -> Iterator[Table]:
    """One line per training from memory; the first two also from the data folder."""
    cases = drawn(CASES)
    for number, case in enumerate(cases):  # something to learn: class and volume change the brightness
        case[0] += 0.2 * (number % 4)
    head = [f"{arch}, batch {BATCH}, bf16", "a step", "an epoch, saved", "GPU memory", "loss, first and last epoch"]
    with tempfile.TemporaryDirectory() as folder:
        sources: list[tuple[str, Sequence[Case]]] = [
            ("", cases),
            (", read from the data folder", Stored(Path(folder) / "files", cases)),
        ]
        for number, plan in enumerate(plans(arch)):
            for how, source in sources[: 2 if number < 2 else 1]:
                yield Table(head, [[f"{plan.name}{how}", *line(plan, source, Path(folder) / "run")]])


def line(plan: Plan, cases: Sequence[Case], checkpoint: Path) -> list[str]:
    """One training's figures."""
    fresh()
    steps = Steps()
    history = plan.run(cases, None, checkpoint, steps.callbacks)
    first, last = (float(history[at]["train_loss"] or 0.0) for at in (0, -1))
    assert np.isfinite([first, last]).all()
    return [
        f"{steps.seconds_a_step():.3f} s",
        f"{steps.seconds_an_epoch():.1f} s",
        f"{peak():.1f} GiB",
        f"{first:.3f}, {last:.3f}",
    ]


def resumed(arch: str) -> Iterator[Table]:
    """Compare a run stopped in its third epoch and resumed with two uninterrupted ones."""
    cases = drawn(8)
    settings = PretrainSettings(arch=arch, epochs=4, warmup_epochs=1, batch=BATCH, lr=1e-4)

    def run(path: Path, resume: Path | None = None, stop_after: int | None = None) -> list[float]:
        result = pretrain(cases, settings, 0, resume, path, Steps(stop_after).callbacks)
        return [float(record["train_loss"] or 0.0) for record in result.history]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, again = run(folder / "whole"), run(folder / "again")
        try:
            run(folder / "cut", stop_after=2 * len(cases) // BATCH + 1)
        except Cancelled as error:
            said = error.sentence
        found = run(folder / "cut", folder / "cut")
    apart = [max(abs(a - b) / b for a, b in zip(other, whole, strict=True)) for other in (found, again)]
    yield Table(
        ["pre-training stopped and resumed", "largest relative difference of a loss", "two whole runs"],
        [[said, f"{apart[0]:.1e}", f"{apart[1]:.1e}"]],
    )
