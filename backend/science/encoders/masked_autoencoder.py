"""The masked autoencoder of ProFound's pre-training (FCMAE, arXiv 2301.00808, in 3-D).

60 % of the patches are hidden. The encoder sees the rest: the mask is multiplied in after the stem and in every block.
One decoder block predicts all patches. The loss is the squared error of the hidden patches, each normalised by its
own mean and variance.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadSettings
from backend.science.encoders.convnext import STRIDES, Block, ConvNeXt, initialise

PATCH = 16
MASK_RATIO = 0.6
CELL = STRIDES[-1]
VARIANCE_FLOOR = 1e-6


def check_patches(shape: tuple[int, int, int], patch: int) -> None:
    """Raise BadSettings unless volumes of (D, H, W) = `shape` divide into patches and encoder cells of 16^3."""
    if patch not in (4, 8, 16, 32):
        raise BadSettings(f"A mask patch of {patch} voxels does not fit the encoder; choose 4, 8, 16 or 32.")
    step = max(patch, CELL)
    if any(side % step for side in shape):
        text = " x ".join(str(side) for side in shape)
        raise BadSettings(f"Volumes of {text} voxels do not divide into patches of {step}; crop or pad every side.")
    if shape[0] * shape[1] * shape[2] == patch**3:
        raise BadSettings("One mask patch covers the whole volume; use a smaller patch or larger volumes.")


def draw_visible(batch: int, grid: tuple[int, int, int], ratio: float, generator: torch.Generator) -> Tensor:
    """Draw masks (batch, 1, *grid) of 0 and 1; every case has the same number of visible patches, about 1 - ratio."""
    patches = grid[0] * grid[1] * grid[2]
    kept = min(max(round(patches * (1.0 - ratio)), 1), patches - 1)
    order = torch.rand(batch, patches, generator=generator).argsort(dim=1)
    visible = torch.zeros(batch, patches).scatter_(1, order[:, :kept], 1.0)
    return visible.reshape(batch, 1, *grid)


def to_patches(x: Tensor, patch: int) -> Tensor:
    """Cut volumes (B, C, D, H, W) into patches (B, patches, C * patch^3), in z, y, x order."""
    parts = x.unfold(2, patch, patch).unfold(3, patch, patch).unfold(4, patch, patch)  # (B, C, d, h, w, p, p, p)
    return parts.permute(0, 2, 3, 4, 1, 5, 6, 7).flatten(4).flatten(1, 3)


def from_patches(patches: Tensor, grid: tuple[int, int, int], patch: int) -> Tensor:
    """Invert `to_patches`: (B, patches, C * patch^3) and the patch grid -> (B, C, D, H, W)."""
    batch, _, length = patches.shape
    parts = patches.reshape(batch, *grid, length // patch**3, patch, patch, patch).permute(0, 4, 1, 5, 2, 6, 3, 7)
    return parts.reshape(batch, -1, *(side * patch for side in grid))


def scaled(visible: Tensor, factor: int) -> Tensor:
    """Repeat every voxel of a mask (B, 1, d, h, w) `factor` times along each axis."""
    for axis in (2, 3, 4):
        visible = visible.repeat_interleave(factor, dim=axis)
    return visible


class MaskedAutoencoder(nn.Module):
    """Encoder, mask token, one decoder block and a linear prediction of 16^3 cells."""

    def __init__(self, encoder: ConvNeXt, patch: int = PATCH, width: int = 512) -> None:
        super().__init__()
        self.patch = patch
        self.encoder = encoder
        self.proj = nn.Conv3d(encoder.embed_dim, width, kernel_size=1)
        self.mask_token = nn.Parameter(torch.zeros(1, width, 1, 1, 1))
        self.decoder = nn.Sequential(Block(width))
        self.pred = nn.Conv3d(width, encoder.channels * CELL**3, kernel_size=1)
        for part in (self.proj, self.decoder, self.pred):
            part.apply(initialise)
        nn.init.normal_(self.mask_token, std=0.02)

    def paint(self, x: Tensor, visible: Tensor) -> Tensor:
        """Predicted patches (B, patches, C * patch^3) of x (B, C, D, H, W) under `visible` (B, 1, patch grid)."""
        last = self.encoder.feature_maps(x, scaled(visible, self.patch // STRIDES[0]))[-1]
        seen = functional.adaptive_max_pool3d(visible, last.shape[2:]) if self.patch < CELL else visible
        seen = scaled(seen, last.shape[2] // seen.shape[2])
        hidden = self.proj(last) * seen + self.mask_token * (1.0 - seen)
        cells = self.pred(self.decoder(hidden))  # (B, C * 16^3, d, h, w)
        return to_patches(painted(cells, x.shape[1]), self.patch)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Return the mean squared error over the hidden patches, a scalar."""
        target = to_patches(x, self.patch)
        variance, mean = torch.var_mean(target, dim=-1, keepdim=True)
        target = (target - mean) / (variance + VARIANCE_FLOOR).sqrt()
        error = (self.paint(x, visible) - target).square().mean(dim=-1)  # (B, patches)
        hidden = 1.0 - visible.flatten(1)
        return (error * hidden).sum() / hidden.sum()


def painted(cells: Tensor, channels: int) -> Tensor:
    """Arrange predictions (B, C * 16^3, d, h, w) as volumes (B, C, 16 d, 16 h, 16 w)."""
    batch, _, depth, height, width = cells.shape
    parts = cells.reshape(batch, channels, CELL, CELL, CELL, depth, height, width)
    return parts.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(batch, channels, CELL * depth, CELL * height, CELL * width)
