"""One epoch of a fine-tuning: sampling of cases, optimiser steps and evaluation."""

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.science.compute.device import mixed_precision, to_device
from backend.science.compute.precision import PrecisionChoice
from backend.science.compute.prefetch import read_ahead
from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import CohortNorm
from backend.science.training.augmentation import as_augmented, augmented, with_other_intensities
from backend.science.training.dataset import Split
from backend.science.training.finetune_settings import FinetuneSettings
from backend.science.training.kinds.task import Task
from backend.science.training.run import EpochRecord, TrainingCallbacks, TrainingRun, batches, stop_if_asked


def drawn_rows(run: TrainingRun, definition: Task, split: Split, balanced: bool) -> NDArray[np.int64]:
    """Draw the epoch's training cases in order; balanced: with replacement, all classes equally likely."""
    strata = definition.strata()
    if not balanced or strata is None:
        return run.shuffled(split.train)
    labels, counts = np.unique(strata[split.train], return_counts=True)
    weights = 1.0 / counts[np.searchsorted(labels, strata[split.train])]
    drawn = torch.multinomial(torch.from_numpy(weights), len(split.train), replacement=True, generator=run.generator)
    rows: NDArray[np.int64] = split.train[drawn.numpy()]
    return rows


def training_mode(model: nn.Module, settings: FinetuneSettings, fixed_norms: bool = False) -> None:
    """Set a model to training mode; a frozen encoder stays in evaluation mode and keeps its running statistics.

    With `fixed_norms` so do the norms of the head.
    """
    model.train()
    for norm in (part for part in model.modules() if fixed_norms and isinstance(part, CohortNorm)):
        norm.eval()
    encoder = model.encoder
    assert isinstance(encoder, Encoder)
    if settings.adapt != "full":
        encoder.eval()


def train_epoch(
    run: TrainingRun,
    definition: Task,
    inputs: Sequence[NDArray[np.float32]],
    split: Split,
    settings: FinetuneSettings,
    callbacks: TrainingCallbacks,
    unscaled: Sequence[int] = (),
) -> EpochRecord:
    """Train on all training cases once and evaluate on the validation cases; `unscaled` as in LabelledCases."""
    rate = float(run.optimiser.param_groups[-1]["lr"])
    rows = drawn_rows(run, definition, split, settings.balanced)
    total = 0.0
    definition.start_epoch(run.model, inputs, settings.batch, settings.precision)
    training_mode(run.model, settings, definition.is_joint)
    steps = [(step, batches(step, settings.batch)) for step in batches(rows, settings.batch * settings.accumulate)]
    with closing(read_ahead(inputs, [part for _, parts in steps for part in parts])) as read:
        for step, parts in steps:
            stop_if_asked(callbacks, run.epoch, "Fine-tuning")
            run.start_step()
            for part in parts:
                loss = batch_loss(run, definition, next(read), part, settings, unscaled)
                total += run.add(loss, len(part) / len(step)) * len(part)
            run.finish_step(settings.clip_norm)
    run.scheduler.step()
    if settings.settle_norms:
        settle_norms(run.model, inputs, split.train, settings.batch, settings.precision)
    record: EpochRecord = {"epoch": float(run.epoch + 1), "train_loss": total / len(rows), "lr": rate}
    if len(split.val):
        outcomes, record["val_loss"] = evaluate(run.model, definition, inputs, split.val, settings, thorough=False)
        scores = definition.scores(outcomes, split.val)
        record |= {f"val_{name}": scores[name] for name in definition.followed}
    return record


def batch_loss(
    run: TrainingRun,
    definition: Task,
    cases: Sequence[NDArray[np.float32]],
    part: NDArray[np.int64],
    settings: FinetuneSettings,
    unscaled: Sequence[int],
) -> Tensor:
    """Mean loss of a batch of training cases, augmented where the settings say so."""
    device = next(run.model.parameters()).device
    x, target = to_device(cases, device), definition.target(part).to(device)
    raw = unscaled if settings.augment or settings.augment_intensity else ()
    if raw:
        shift, scale = as_augmented(x, raw)
        x = (x - shift) / scale
    if settings.augment:
        mask = target if target.ndim == 5 else None
        zoom, mirror = definition.zoom_keeps_target, definition.mirror_keeps_target
        x, moved = augmented(x, mask, zoom, run.generator, mirror=mirror)
        target = target if moved is None else moved
    if settings.augment_intensity:
        x = with_other_intensities(x, run.generator)
    if raw:
        x = x * scale + shift
    with mixed_precision(device, settings.precision):
        return definition.loss(run.model, x, target)


def evaluate(
    model: nn.Module,
    definition: Task,
    inputs: Sequence[NDArray[np.float32]],
    rows: NDArray[np.int64],
    settings: FinetuneSettings,
    *,
    thorough: bool,
) -> tuple[NDArray[np.float64], float | None]:
    """Outcomes (n, k) and loss of cases in evaluation mode; `thorough` adds the slow outcomes.

    The loss is None where the cases do not define one.
    """
    device = next(model.parameters()).device
    model.eval()
    outcomes, total = [], 0.0
    parts = batches(rows, settings.batch)
    with (
        torch.inference_mode(),
        mixed_precision(device, settings.precision),
        closing(read_ahead(inputs, parts)) as read,
    ):
        for part, cases in zip(parts, read, strict=True):
            x = to_device(cases, device)
            outcome, loss = definition.outcome(model, x, definition.target(part).to(device), thorough)
            outcomes.append(outcome.double().cpu().numpy())
            total += float(loss) * len(part)
    found = np.concatenate(outcomes)
    return found, definition.joint_loss(found, rows) if definition.is_joint else total / len(rows)


@torch.no_grad()
def settle_norms(
    model: nn.Module,
    inputs: Sequence[NDArray[np.float32]],
    rows: NDArray[np.int64],
    batch: int,
    precision: PrecisionChoice,
) -> None:
    """Set the running statistics of the heads' BatchNorm to those of these cases under the current weights.

    While the encoder changes, running averages describe embeddings of earlier weights and an evaluation with them is
    wrong. All other parts stay in evaluation mode. The averages are cumulative; nothing is drawn at random.
    """
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm1d)]
    if not norms:
        return
    device = next(model.parameters()).device
    usual = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over the batches
        norm.train()
    with mixed_precision(device, precision):
        for cases in read_ahead(inputs, batches(rows, batch)):
            model(to_device(cases, device))
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
