"""Masked-autoencoder pre-training of an encoder (the recipe of ProFound, shortened by its settings)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.errors import BadSettings
from backend.science.encoders.convnext import build_encoder, encoder_size
from backend.science.encoders.masked_autoencoder import (
    MASK_RATIO,
    PATCH,
    MaskedAutoencoder,
    check_patches,
    draw_visible,
)
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
class PretrainSettings:
    """ProFound's recipe. `base_lr` is per 256 cases: the rate is base_lr * batch / 256; `lr` overrides it."""

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

    def __post_init__(self) -> None:
        encoder_size(self.arch)
        if min(self.epochs, self.batch, self.decoder_width) < 1 or self.warmup_epochs < 0:
            raise BadSettings("Pre-training needs at least one epoch, one case a batch and a decoder width of 1.")
        if not 0.0 < self.mask_ratio < 1.0 or self.rate <= 0.0 or self.weight_decay < 0.0:
            raise BadSettings("Pre-training needs a mask ratio between 0 and 1, a positive rate and no negative decay.")

    @property
    def rate(self) -> float:
        """The learning rate after warm-up."""
        return self.lr if self.lr is not None else self.base_lr * self.batch / 256


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
    progress: Progress,
    should_stop: ShouldStop,
) -> PretrainResult:
    """Trains a masked autoencoder on cases (3, D, H, W) and returns its encoder.

    `checkpoint` is rewritten after every epoch; give it as `resume_from` to go on after an interruption.
    Raises BadImage, BadSettings or BadCheckpoint before it starts, Cancelled when `should_stop` answers True.
    """
    check_patches(check_inputs(inputs), settings.patch)
    run = prepare(inputs, settings, seed)
    if resume_from is not None:
        run.resume(resume_from)
    while run.epoch < settings.epochs:
        rate = float(run.optimiser.param_groups[0]["lr"])
        loss = train_epoch(run, inputs, settings, should_stop)
        run.scheduler.step()
        run.history.append({"epoch": run.epoch + 1, "train_loss": loss, "lr": rate})
        run.save(checkpoint)
        progress(f"Pre-training, reconstruction loss {loss:.4f}", run.epoch, settings.epochs)
    model = run.model
    assert isinstance(model, MaskedAutoencoder)
    state = {key: value.detach().cpu().clone() for key, value in model.encoder.state_dict().items()}
    return PretrainResult(settings.arch, state, tuple(run.history))


def prepare(inputs: Sequence[NDArray[np.float32]], settings: PretrainSettings, seed: int) -> TrainingRun:
    """A run at epoch 0; the caller's own random state is left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = MaskedAutoencoder(build_encoder(settings.arch), settings.patch, settings.decoder_width)
    move_model(model, default_device())
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
    run: TrainingRun, inputs: Sequence[NDArray[np.float32]], settings: PretrainSettings, should_stop: ShouldStop
) -> float:
    """Every case once, under a fresh mask; the mean loss."""
    device = next(run.model.parameters()).device
    depth, height, width = (side // settings.patch for side in inputs[0].shape[1:])
    total = 0.0
    for rows in batches(run.shuffled(np.arange(len(inputs))), settings.batch):
        stop_if_asked(should_stop, run.epoch, "Pre-training")
        visible = draw_visible(len(rows), (depth, height, width), settings.mask_ratio, run.generator)
        with mixed_precision(device):
            loss = run.model(to_device([inputs[row] for row in rows], device), visible.to(device))
        total += run.step(loss) * len(rows)
    return total / len(inputs)
