"""Fine-tuning of an encoder on one task.

The defaults are the paper's recipe (100 epochs, AdamW, lr 1e-3); the options are those of ProFound's published code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.errors import BadSettings
from backend.science.augmentation import augmented
from backend.science.encoders.checkpoint import load_into
from backend.science.encoders.convnext import build_encoder, encoder_size
from backend.science.scores import Scores
from backend.science.tasks import Task, build_task, task_input
from backend.science.training import (
    EpochRecord,
    Progress,
    ShouldStop,
    TrainingRun,
    batches,
    check_inputs,
    default_device,
    fingerprint,
    learning_rate_factor,
    mixed_precision,
    move_model,
    stop_if_asked,
    to_device,
)


@dataclass(frozen=True)
class FinetuneSettings:
    """The paper's recipe by default; what it leaves open (batch, decay, schedule) is a setting.

    `keep`: weights of the last epoch (the paper's reading) or of the one with the lowest validation loss.
    `layer_decay`: each earlier encoder stage learns at this fraction of the next one's rate.
    `segmenter_width`: 512 in ProFound; 32 to 64 on a CPU.
    """

    arch: str = "convnextv2-tiny"
    epochs: int = 100
    batch: int = 4
    lr: float = 1e-3
    weight_decay: float = 0.01
    decay_head: bool = True
    layer_decay: float = 1.0
    warmup_epochs: int = 0
    cosine: bool = False
    balanced: bool = False
    augment: bool = False
    dice_cross_entropy: bool = False
    segmenter_width: int = 512
    keep: Literal["last", "best"] = "last"

    def __post_init__(self) -> None:
        encoder_size(self.arch)
        if min(self.epochs, self.batch) < 1 or self.segmenter_width < 2 or self.warmup_epochs < 0:
            raise BadSettings("Fine-tuning needs at least one epoch, one case a batch and a segmenter width of 2.")
        if self.lr <= 0.0 or self.weight_decay < 0.0 or not 0.0 < self.layer_decay <= 1.0:
            raise BadSettings(
                "Fine-tuning needs a positive rate, no negative weight decay and a layer decay in (0, 1]."
            )
        if self.keep not in ("last", "best"):
            raise BadSettings(f"Weights of the {self.keep!r} epoch cannot be kept; choose last or best.")


@dataclass(frozen=True)
class Split:
    """Positions of the cases of each part; patients must not be on two sides, which the caller sees to."""

    train: NDArray[np.int64]
    val: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class FinetuneResult:
    """The encoder after fine-tuning, the whole model, scores on val and test, and the course of the run.

    `history` has epoch, train_loss, lr and, with validation cases, val_loss. `kept_epoch` is the one of the weights.
    """

    arch: str
    task: str
    encoder_state: dict[str, Tensor]
    model_state: dict[str, Tensor]
    scores: dict[str, Scores]
    history: tuple[EpochRecord, ...]
    kept_epoch: int


def finetune(
    encoder_state: Mapping[str, Tensor],
    inputs: Sequence[NDArray[np.float32]],
    targets: Sequence[Any],
    task: str,
    split: Split,
    settings: FinetuneSettings,
    seed: int,
    resume_from: Path | None,
    checkpoint: Path,
    progress: Progress,
    should_stop: ShouldStop,
) -> FinetuneResult:
    """Trains `task` (pirads, lesion_seg, volume) on cases (3, D, H, W), starting from an encoder's weights.

    `targets`: classes 0 .. 3, masks (D, H, W), or volumes in mL, one for every case. `checkpoint` is rewritten after
    every epoch; give it as `resume_from` to go on after an interruption. Raises a Refusal before it starts, Cancelled
    when `should_stop` answers True.
    """
    shape = check_inputs(inputs)
    check_split(split, len(inputs), len(targets), settings)
    definition = build_task(task, targets, shape, split.train, settings.segmenter_width, settings.dice_cross_entropy)
    if settings.balanced and definition.strata() is None:
        raise BadSettings(f"Balanced sampling needs classes, which {task} has not; switch it off.")
    seen = [task_input(case, task) for case in inputs]
    run = prepare(definition, encoder_state, settings, seed)
    run.fingerprint = fingerprint(
        settings,
        seed,
        [*seen, *(np.asarray(target) for target in targets), split.train, split.val, split.test]
        + [value.detach().cpu().numpy() for value in encoder_state.values()],
        task,
    )
    if resume_from is not None:
        run.resume(resume_from)
    while run.epoch < settings.epochs:
        run.history.append(train_epoch(run, definition, seen, split, settings, should_stop))
        keep_best(run, settings)
        run.save(checkpoint)
        loss = run.history[-1]["train_loss"]
        progress(f"Fine-tuning {task}, training loss {loss:.4f}", run.epoch, settings.epochs)
    return finish(run, definition, seen, task, split, settings)


def check_split(split: Split, cases: int, targets: int, settings: FinetuneSettings) -> None:
    """BadSettings unless the split's parts are disjoint positions of existing cases and enough for the settings."""
    rows = np.concatenate([split.train, split.val, split.test])
    if targets != cases:
        raise BadSettings(f"There are {cases} cases but {targets} targets; give one target for every case.")
    if len(np.unique(rows)) != len(rows) or (len(rows) and (rows.min() < 0 or rows.max() >= cases)):
        raise BadSettings("The split names a case twice or one that does not exist.")
    if not len(split.train):
        raise BadSettings("The split has no training case.")
    if settings.keep == "best" and not len(split.val):
        raise BadSettings("Keeping the best epoch needs validation cases; keep the last, or give some.")


def prepare(
    definition: Task, encoder_state: Mapping[str, Tensor], settings: FinetuneSettings, seed: int
) -> TrainingRun:
    """A run at epoch 0; the caller's own random state is left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = build_encoder(settings.arch)
        load_into(encoder, encoder_state, "The pre-trained encoder", f"the encoder {settings.arch}")
        model = definition.model(encoder)
    move_model(model, default_device())
    optimiser = torch.optim.AdamW(parameter_groups(model, settings), lr=settings.lr)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda epoch: learning_rate_factor(epoch, settings.warmup_epochs, settings.epochs, settings.cosine),
    )
    return TrainingRun(model, optimiser, scheduler, torch.Generator().manual_seed(seed), "")


def parameter_groups(model: nn.Module, settings: FinetuneSettings) -> list[dict[str, Any]]:
    """One group a stage and one for the head, with their rates and weight decay."""
    groups: dict[int, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault(depth_of(name), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.lr * settings.layer_decay ** (4 - depth),
            "weight_decay": settings.weight_decay if depth < 4 or settings.decay_head else 0.0,
        }
        for depth, parameters in sorted(groups.items())
    ]


def depth_of(name: str) -> int:
    """0 .. 3 for a parameter of an encoder stage (the final norm counts to stage 4), 4 for the head."""
    parts = name.split(".")
    if parts[0] != "encoder":
        return 4
    return int(parts[2]) if parts[1] in ("stages", "downsample_layers") else 3


def drawn_rows(run: TrainingRun, definition: Task, split: Split, balanced: bool) -> NDArray[np.int64]:
    """The epoch's training cases in order; balanced: with replacement, every class as likely as the others."""
    strata = definition.strata()
    if not balanced or strata is None:
        return run.shuffled(split.train)
    labels, counts = np.unique(strata[split.train], return_counts=True)
    weights = 1.0 / counts[np.searchsorted(labels, strata[split.train])]
    drawn = torch.multinomial(torch.from_numpy(weights), len(split.train), replacement=True, generator=run.generator)
    rows: NDArray[np.int64] = split.train[drawn.numpy()]
    return rows


def train_epoch(
    run: TrainingRun,
    definition: Task,
    inputs: Sequence[NDArray[np.float32]],
    split: Split,
    settings: FinetuneSettings,
    should_stop: ShouldStop,
) -> EpochRecord:
    """One pass over the training cases and one look at the validation cases."""
    device = next(run.model.parameters()).device
    rate = float(run.optimiser.param_groups[-1]["lr"])
    rows = drawn_rows(run, definition, split, settings.balanced)
    total = 0.0
    run.model.train()
    for part in batches(rows, settings.batch):
        stop_if_asked(should_stop, run.epoch, "Fine-tuning")
        x, target = to_device([inputs[row] for row in part], device), definition.target(part).to(device)
        if settings.augment:
            mask = target if target.ndim == 5 else None
            x, moved = augmented(x, mask, definition.zoom_keeps_target, run.generator)
            target = target if moved is None else moved
        with mixed_precision(device):
            loss = definition.loss(run.model, x, target)
        total += run.step(loss) * len(part)
    run.scheduler.step()
    record = {"epoch": float(run.epoch + 1), "train_loss": total / len(rows), "lr": rate}
    if len(split.val):
        record["val_loss"] = evaluate(run.model, definition, inputs, split.val, settings.batch)[1]
    return record


def evaluate(
    model: nn.Module, definition: Task, inputs: Sequence[NDArray[np.float32]], rows: NDArray[np.int64], batch: int
) -> tuple[Scores, float]:
    """Scores and mean loss on some cases, in evaluation mode."""
    device = next(model.parameters()).device
    model.eval()
    outcomes, total = [], 0.0
    with torch.inference_mode(), mixed_precision(device):
        for part in batches(rows, batch):
            x = to_device([inputs[row] for row in part], device)
            outcome, loss = definition.outcome(model, x, definition.target(part).to(device))
            outcomes.append(outcome.double().cpu().numpy())
            total += float(loss) * len(part)
    return definition.scores(np.concatenate(outcomes), rows), total / len(rows)


def keep_best(run: TrainingRun, settings: FinetuneSettings) -> None:
    """Sets the weights aside where this epoch has the lowest validation loss so far."""
    if settings.keep == "best" and run.history[-1]["val_loss"] == min(record["val_loss"] for record in run.history):
        run.best = {key: value.detach().cpu().clone() for key, value in run.model.state_dict().items()}


def finish(
    run: TrainingRun,
    definition: Task,
    inputs: Sequence[NDArray[np.float32]],
    task: str,
    split: Split,
    settings: FinetuneSettings,
) -> FinetuneResult:
    """The kept weights with their scores."""
    kept = run.epoch
    if settings.keep == "best":
        run.model.load_state_dict(run.best)
        losses = [record["val_loss"] for record in run.history]
        kept = len(losses) - losses[::-1].index(min(losses))
    parts = {"val": split.val, "test": split.test}
    scores = {
        name: evaluate(run.model, definition, inputs, rows, settings.batch)[0]
        for name, rows in parts.items()
        if len(rows)
    }
    state = {key: value.detach().cpu().clone() for key, value in run.model.state_dict().items()}
    encoder = {key.removeprefix("encoder."): value for key, value in state.items() if key.startswith("encoder.")}
    return FinetuneResult(settings.arch, task, encoder, state, scores, tuple(run.history), kept)
