"""Masked-autoencoder pre-training of an encoder (the recipe of ProFound, shortened by its settings)."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.errors import BadSettings
from backend.science.compute.device import default_device, mixed_precision, to_device
from backend.science.compute.out_of_memory import training_memory
from backend.science.compute.precision import PrecisionChoice, check_precision
from backend.science.compute.prefetch import read_ahead
from backend.science.encoders.activations import checkpoint_activations
from backend.science.encoders.convnext import build_encoder, encoder_size
from backend.science.encoders.masked_autoencoder import (
    MASK_RATIO,
    PATCH,
    MaskedAutoencoder,
    check_patches,
    draw_visible,
)
from backend.science.training.reconstruction import reconstruction
from backend.science.training.run import (
    EpochRecord,
    TrainingCallbacks,
    TrainingRun,
    batches,
    check_inputs,
    fingerprint,
    learning_rate_factor,
    move_to_train,
    seeded,
    stop_if_asked,
)


@dataclass(frozen=True)
class PretrainSettings:
    """ProFound's recipe. `base_lr` is per 256 cases: the rate is base_lr * batch * accumulate / 256; `lr` overrides it.

    `batch`: cases per forward pass; `accumulate`: batches per optimiser step. The encoder of every
    `checkpoint_every`-th epoch is kept; a reconstruction of every `picture_every`-th and the last is reported; 0: none.
    """

    arch: str = "convnextv2-tiny"
    epochs: int = 800
    warmup_epochs: int = 40
    batch: int = 8
    base_lr: float = 1e-3
    lr: float | None = None
    weight_decay: float = 0.05
    patch: int = PATCH
    mask_ratio: float = MASK_RATIO
    decoder_width: int = 512
    accumulate: int = 1
    checkpoint_activations: bool = False
    precision: PrecisionChoice = "auto"
    clip_norm: float = 0.0
    checkpoint_every: int = 0
    picture_every: int = 0

    def __post_init__(self) -> None:
        encoder_size(self.arch)
        check_precision(self.precision)
        if min(self.epochs, self.batch, self.accumulate, self.decoder_width) < 1:
            raise BadSettings(
                "Pre-training needs at least one epoch, one case a batch, one batch a step and a decoder width of 1."
            )
        if min(self.warmup_epochs, self.checkpoint_every, self.picture_every) < 0 or self.clip_norm < 0.0:
            raise BadSettings(
                "Warm-up, clipping and the distances of checkpoints and pictures cannot be negative; give 0 or more."
            )
        if not 0.0 < self.mask_ratio < 1.0 or self.rate <= 0.0 or self.weight_decay < 0.0:
            raise BadSettings("Pre-training needs a mask ratio between 0 and 1, a positive rate and no negative decay.")

    @property
    def rate(self) -> float:
        """The learning rate after warm-up."""
        return self.lr if self.lr is not None else self.base_lr * self.batch * self.accumulate / 256


@dataclass(frozen=True)
class PretrainResult:
    """The encoder's weights (names without prefix) and epoch, loss, lr of every epoch."""

    arch: str
    encoder_state: dict[str, Tensor]
    history: tuple[EpochRecord, ...]


def pretrain(
    inputs: Sequence[NDArray[np.float32]],
    settings: PretrainSettings,
    seed: int,
    resume_from: Path | None,
    checkpoint: Path,
    callbacks: TrainingCallbacks,
) -> PretrainResult:
    """Train a masked autoencoder on cases (C, D, H, W) and return its encoder.

    `checkpoint` is rewritten after every epoch; give it as `resume_from` to resume after an interruption.
    Raises BadImage, BadSettings or BadCheckpoint before it starts, Cancelled when the callbacks ask for a stop,
    Diverged when a loss is not finite.
    """
    check_patches(check_inputs(inputs), settings.patch)
    run = prepare(inputs, settings, seed)
    model = run.model
    assert isinstance(model, MaskedAutoencoder)
    with training_memory(next(model.parameters()).device, settings.batch, lambda: run.epoch):
        if resume_from is not None:
            run.resume(resume_from)
            for record in run.history:
                callbacks.epoch(record)
        while run.epoch < settings.epochs:
            rate = float(run.optimiser.param_groups[0]["lr"])
            loss = train_epoch(run, inputs, settings, callbacks)
            run.scheduler.step()
            run.history.append({"epoch": float(run.epoch + 1), "train_loss": loss, "lr": rate})
            show(run, model, inputs, settings, callbacks)
            run.save(checkpoint)
            callbacks.epoch(run.history[-1])
            callbacks.progress(f"Pre-training, reconstruction loss {loss:.4f}", run.epoch, settings.epochs)
    return PretrainResult(settings.arch, encoder_weights(model), tuple(run.history))


def encoder_weights(model: MaskedAutoencoder) -> dict[str, Tensor]:
    """The encoder's weights on the CPU."""
    return {key: value.detach().cpu().clone() for key, value in model.encoder.state_dict().items()}


def show(
    run: TrainingRun,
    model: MaskedAutoencoder,
    inputs: Sequence[NDArray[np.float32]],
    settings: PretrainSettings,
    callbacks: TrainingCallbacks,
) -> None:
    """Report the encoder and a reconstruction of the first case to the callbacks, in the epochs to keep."""
    if settings.checkpoint_every and run.epoch % settings.checkpoint_every == 0:
        callbacks.keep(run.epoch, encoder_weights(model))
    last = run.epoch == settings.epochs
    if settings.picture_every and (last or run.epoch % settings.picture_every == 0):
        callbacks.picture(run.epoch, reconstruction(model, inputs[0], settings.mask_ratio))


def prepare(inputs: Sequence[NDArray[np.float32]], settings: PretrainSettings, seed: int) -> TrainingRun:
    """Make a run at epoch 0; the caller's random state is not changed."""
    with seeded(seed):
        encoder = build_encoder(settings.arch, inputs[0].shape[0])
        model = MaskedAutoencoder(encoder, settings.patch, settings.decoder_width)
    if settings.checkpoint_activations:
        checkpoint_activations(model.encoder)
    move_to_train(model, default_device(), settings.batch)
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": settings.weight_decay},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=settings.rate,
        betas=(0.9, 0.95),
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda epoch: learning_rate_factor(epoch, settings.warmup_epochs, settings.epochs, cosine=True),
    )
    generator = torch.Generator().manual_seed(seed)
    return TrainingRun(model, optimiser, scheduler, generator, fingerprint(settings, seed, inputs, "pretrain"))


def train_epoch(
    run: TrainingRun, inputs: Sequence[NDArray[np.float32]], settings: PretrainSettings, callbacks: TrainingCallbacks
) -> float:
    """Train on every case once, each with a new mask; return the mean loss."""
    device = next(run.model.parameters()).device
    depth, height, width = (side // settings.patch for side in inputs[0].shape[1:])
    total = 0.0
    run.model.train()
    order = batches(run.shuffled(np.arange(len(inputs))), settings.batch * settings.accumulate)
    steps = [(step, batches(step, settings.batch)) for step in order]
    with closing(read_ahead(inputs, [rows for _, parts in steps for rows in parts])) as read:
        for step, parts in steps:
            stop_if_asked(callbacks, run.epoch, "Pre-training")
            run.start_step()
            for rows in parts:
                visible = draw_visible(len(rows), (depth, height, width), settings.mask_ratio, run.generator)
                x = to_device(next(read), device)
                with mixed_precision(device, settings.precision):
                    loss = run.model(x, visible.to(device))
                total += run.add(loss, len(rows) / len(step)) * len(rows)
            run.finish_step(settings.clip_norm)
    return total / len(inputs)
