"""Reconstruction of a case by a masked autoencoder: the input, the visible part and the prediction."""

import numpy as np
import torch
from numpy.typing import NDArray

from backend.science.encoders.masked_autoencoder import (
    VARIANCE_FLOOR,
    MaskedAutoencoder,
    draw_visible,
    from_patches,
    scaled,
    to_patches,
)

MASK_SEED = 0
"""One mask for every epoch, so that pictures of two epochs differ by the weights alone."""
HIDDEN = float("nan")


@torch.no_grad()
def reconstruction(model: MaskedAutoencoder, case: NDArray[np.float32], mask_ratio: float) -> NDArray[np.float32]:
    """Middle slice of every channel, (C, 3, H, W): input, visible part (hidden voxels NaN) and prediction.

    The loss normalises each patch by its mean and deviation, so the prediction has neither: they are taken from the
    input. Visible patches are copied from the input, hidden ones are predicted. The training's random state does not
    change.
    """
    device, was_training = next(model.parameters()).device, model.training
    x = torch.from_numpy(case).unsqueeze(0).to(device)
    depth, height, width = (side // model.patch for side in case.shape[1:])
    visible = draw_visible(1, (depth, height, width), mask_ratio, torch.Generator().manual_seed(MASK_SEED)).to(device)
    model.eval()
    variance, mean = torch.var_mean(to_patches(x, model.patch), dim=-1, keepdim=True)
    painted = model.paint(x, visible).float() * (variance + VARIANCE_FLOOR).sqrt() + mean
    model.train(was_training)
    seen = scaled(visible, model.patch).bool()
    whole = torch.where(seen, x, from_patches(painted, (depth, height, width), model.patch))
    shown = torch.where(seen, x, HIDDEN)
    middle = case.shape[1] // 2
    stacked = torch.stack([x, shown, whole], dim=2)[0, :, :, middle]
    return np.asarray(stacked.cpu().numpy(), dtype=np.float32)
