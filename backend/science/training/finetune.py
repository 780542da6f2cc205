"""Fine-tuning of an encoder for one target.

The defaults are the paper's recipe (100 epochs, AdamW, lr 1e-3); the options are those of ProFound's published code
and a few for small GPUs and small cohorts (`finetune_settings`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.errors import BadSettings
from backend.science.compute.device import default_device
from backend.science.compute.out_of_memory import training_memory
from backend.science.encoders.activations import checkpoint_activations
from backend.science.encoders.adapters import adapt_encoder, merged_state
from backend.science.encoders.checkpoint import load_encoder_state
from backend.science.encoders.encoder_kinds import USUAL_POOLING, Pooling
from backend.science.encoders.registry import build_encoder
from backend.science.training.cached_features import head_inputs
from backend.science.training.dataset import LabelledCases, Split
from backend.science.training.epoch import evaluate, train_epoch
from backend.science.training.finetune_settings import FinetuneSettings
from backend.science.training.kinds.task import Task
from backend.science.training.metric_intervals import Interval, patient_intervals
from backend.science.training.metrics import Scores
from backend.science.training.parameter_groups import parameter_groups
from backend.science.training.run import (
    EpochRecord,
    TrainingCallbacks,
    TrainingRun,
    check_inputs,
    fingerprint,
    learning_rate_factor,
    move_to_train,
    seeded,
)
from backend.science.training.seen_channels import SeenInputs
from backend.science.training.target import Target
from backend.science.training.tasks import build_task

__all__ = ["FinetuneResult", "FinetuneSettings", "LabelledCases", "Split", "Target", "finetune"]


@dataclass(frozen=True)
class FinetuneResult:
    """Result of a fine-tuning: encoder and model weights, scores on val and test, and the history of the run.

    `encoder_state`, `model_state`: plain weights, LoRA's changes merged. `intervals`: 95 % of the test scores, by
    bootstrap of patients. `confusion`: test counts by true (rows) and given class. `history` has epoch, train_loss, lr
    and, with validation cases, val_loss and the task's scores. `kept_epoch` is the one of the weights.
    """

    arch: str
    task: str
    encoder_state: dict[str, Tensor]
    model_state: dict[str, Tensor]
    scores: dict[str, Scores]
    history: tuple[EpochRecord, ...]
    kept_epoch: int
    stopped_early: bool = False
    intervals: dict[str, Interval | None] = field(default_factory=dict)
    confusion: list[list[int]] | None = None


def finetune(
    encoder_state: Mapping[str, Tensor],
    cases: LabelledCases,
    target: Target,
    settings: FinetuneSettings,
    seed: int,
    resume_from: Path | None,
    checkpoint: Path,
    callbacks: TrainingCallbacks,
    pooling: Pooling = USUAL_POOLING,
) -> FinetuneResult:
    """Train for a target on labelled cases, starting from an encoder's weights.

    `pooling`: how the slices or modalities that an encoder takes one by one become one embedding.

    `checkpoint` is rewritten after every epoch; give it as `resume_from` to resume after an interruption. Raises a
    Refusal before it starts, Cancelled when the callbacks ask for a stop, Diverged when a loss is not finite.
    """
    shape = check_inputs(cases.inputs)
    cases.check(needs_validation=validation_needed(settings))
    definition = build_task(
        target,
        cases.targets,
        shape,
        cases.split.train,
        settings.segmenter_width,
        settings.dice_cross_entropy,
        cases.spacing,
    )
    if settings.balanced and definition.strata() is None:
        raise BadSettings(f"Balanced sampling needs classes, which {target.called} has not; switch it off.")
    needed_by = validation_needed(settings)
    if needed_by and not definition.has_loss(cases.split.val):
        raise BadSettings(f"{needed_by} needs an event of {target.called} among the validation cases; there is none.")
    seen: Sequence[NDArray[np.float32]] = SeenInputs(cases.inputs, target.channels)
    run = prepare(definition, encoder_state, settings, seed, pooling, cases.inputs[0].shape[0])
    run.fingerprint = fingerprint(
        settings,
        seed,
        chain(
            seen,
            (np.asarray(target) for target in cases.targets),
            cases.split.parts.values(),
            (value.detach().cpu().numpy() for value in encoder_state.values()),
        ),
        target.name,
    )
    with training_memory(next(run.model.parameters()).device, settings.batch, lambda: run.epoch):
        if resume_from is not None:
            run.resume(resume_from)
            for record in run.history:
                callbacks.epoch(record)
        seen = head_inputs(run.model, seen, settings)
        parts = (run, definition, seen, cases.split, settings, callbacks, cases.unscaled)
        while run.epoch < settings.epochs and not exhausted(run.history, settings.patience):
            run.history.append(train_epoch(*parts))
            keep_best(run, settings)
            if settings.checkpoint_every and run.epoch % settings.checkpoint_every == 0:
                callbacks.keep(run.epoch, merged_state(run.model, "encoder."))
            run.save(checkpoint)
            callbacks.epoch(run.history[-1])
            callbacks.progress(
                f"Fine-tuning {target.name}, training loss {run.history[-1]['train_loss']:.4f}",
                run.epoch,
                settings.epochs,
            )
        return finish(run, definition, seen, target, cases, settings, seed)


def validation_needed(settings: FinetuneSettings) -> str:
    """Name the setting that needs validation cases; empty where none does."""
    if settings.keep == "best":
        return "Keeping the best epoch"
    return "Early stopping" if settings.patience else ""


def exhausted(history: Sequence[EpochRecord], patience: int) -> bool:
    """Whether the validation loss has not fallen below its lowest for `patience` epochs (0: never)."""
    if not patience or not history:
        return False
    losses = [record["val_loss"] or 0.0 for record in history]
    return len(losses) - 1 - losses.index(min(losses)) >= patience


def prepare(
    definition: Task,
    encoder_state: Mapping[str, Tensor],
    settings: FinetuneSettings,
    seed: int,
    pooling: Pooling = USUAL_POOLING,
    channels: int = 3,
) -> TrainingRun:
    """Make a run at epoch 0; the caller's random state is not changed."""
    with seeded(seed):
        encoder = build_encoder(settings.arch, channels, pooling, encoder_state)
        load_encoder_state(encoder, encoder_state, "The pre-trained encoder", settings.arch)
        model = definition.model(encoder)
        adapt_encoder(encoder, settings.adapt, settings.lora_rank)
    if settings.checkpoint_activations:
        checkpoint_activations(encoder)
    move_to_train(model, default_device(), settings.batch)
    optimiser = torch.optim.AdamW(parameter_groups(model, settings), lr=settings.lr)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda epoch: learning_rate_factor(epoch, settings.warmup_epochs, settings.epochs, settings.cosine),
    )
    return TrainingRun(model, optimiser, scheduler, torch.Generator().manual_seed(seed), "")


def keep_best(run: TrainingRun, settings: FinetuneSettings) -> None:
    """Store the weights where this epoch has the lowest validation loss so far."""
    if settings.keep == "best" and best_epoch(run.history) == run.epoch:
        run.best = {key: value.detach().cpu().clone() for key, value in run.model.state_dict().items()}


def best_epoch(history: Sequence[EpochRecord]) -> int:
    """The last epoch (from 1) with the lowest validation loss."""
    losses = [record["val_loss"] or 0.0 for record in history]
    return len(losses) - losses[::-1].index(min(losses))


def finish(
    run: TrainingRun,
    definition: Task,
    inputs: Sequence[NDArray[np.float32]],
    target: Target,
    cases: LabelledCases,
    settings: FinetuneSettings,
    seed: int,
) -> FinetuneResult:
    """Return the kept weights with their scores and the bootstrap intervals of the test scores."""
    kept = run.epoch
    if settings.keep == "best":
        run.model.load_state_dict(run.best)
        kept = best_epoch(run.history)
    outcomes = {
        part: evaluate(run.model, definition, inputs, rows, settings, thorough=True)[0]
        for part, rows in cases.split.parts.items()
        if len(rows) and part != "train"
    }
    scores = {part: definition.scores(found, cases.split.parts[part]) for part, found in outcomes.items()}
    result = FinetuneResult(
        arch=settings.arch,
        task=target.name,
        encoder_state=merged_state(run.model, "encoder."),
        model_state=merged_state(run.model),
        scores=scores,
        history=tuple(run.history),
        kept_epoch=kept,
        stopped_early=run.epoch < settings.epochs,
    )
    test = cases.split.test
    if not len(test):
        return result
    found = outcomes["test"]
    intervals = patient_intervals(
        lambda drawn: definition.scores(found[drawn], test[drawn]), cases.patients_of(test), seed
    )
    return replace(result, intervals=intervals, confusion=definition.confusion(found, test))
