"""Cached embeddings for training a head alone: a frozen encoder's output never changes between epochs."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from backend.science.compute.device import mixed_precision, to_device
from backend.science.compute.prefetch import read_ahead
from backend.science.encoders.heads import HeadedEncoder
from backend.science.training.finetune_settings import FinetuneSettings
from backend.science.training.run import batches


def head_inputs(
    model: nn.Module, inputs: Sequence[NDArray[np.float32]], settings: FinetuneSettings
) -> Sequence[NDArray[np.float32]]:
    """Training inputs of the model: the cases (3, D, H, W), or their embeddings (d,) where those are constant.

    They are for a head on a frozen encoder without augmentation. A segmenter's maps would need too much memory.
    """
    varied = settings.augment or settings.augment_intensity
    if settings.adapt != "frozen" or varied or not isinstance(model, HeadedEncoder):
        return inputs
    device = next(model.parameters()).device
    model.encoder.eval()
    found: list[NDArray[np.float32]] = []
    with torch.inference_mode(), mixed_precision(device, settings.precision):
        for cases in read_ahead(inputs, batches(np.arange(len(inputs)), settings.batch)):
            embedded = model.encoder(to_device(cases, device))
            found.extend(embedded.float().cpu().numpy())
    return found
