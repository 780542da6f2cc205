"""Augmentation of training cases.

Left-right flips, small in-plane rotations and zooms, a smooth bias field; separately, contrast, brightness and noise.
Every draw comes from one torch generator that a checkpoint stores. An exact resume needs this, so these transforms are
written here (docs/decisions/0012).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

ROTATION = math.radians(10.0)
ZOOM = 0.1
BIAS = 0.2
CONTRAST = 0.2
BRIGHTNESS = 0.2
NOISE = 0.1


def uniform(shape: tuple[int, ...], reach: float, generator: torch.Generator) -> Tensor:
    """Draw uniform values in [-reach, reach]."""
    return (2.0 * torch.rand(shape, generator=generator) - 1.0) * reach


def drawn_affine(batch: int, aspect: float, zoom: float, mirror: bool, generator: torch.Generator) -> Tensor:
    """Draw affine maps (batch, 3, 4) of normalised (x, y, z) output to input positions; aspect is height / width."""
    angle = uniform((batch,), ROTATION, generator)
    scale = 1.0 + uniform((batch,), zoom, generator)
    side = 1.0 - 2.0 * (torch.rand(batch, generator=generator) < (0.5 if mirror else 0.0)).float()
    theta = torch.zeros(batch, 3, 4)
    theta[:, 0, 0] = side * angle.cos() / scale
    theta[:, 0, 1] = -side * angle.sin() * aspect / scale
    theta[:, 1, 0] = angle.sin() / aspect / scale
    theta[:, 1, 1] = angle.cos() / scale
    theta[:, 2, 2] = 1.0 / scale
    return theta


def bias_field(shape: torch.Size, device: torch.device, generator: torch.Generator) -> Tensor:
    """Draw a positive, smooth field (B, 1, D, H, W): trilinear between random values at the eight corners."""
    corners = uniform((shape[0], 1, 2, 2, 2), BIAS, generator).to(device)
    return functional.interpolate(corners, size=shape[2:], mode="trilinear", align_corners=True).exp()


def augmented(
    x: Tensor, mask: Tensor | None, zoom: bool, generator: torch.Generator, *, mirror: bool = True
) -> tuple[Tensor, Tensor | None]:
    """Augment cases (B, C, D, H, W) and their masks (B, 1, D, H, W) alike.

    Without zoom where the target may be a size, without flips where it is a side of the body.
    """
    theta = drawn_affine(x.shape[0], x.shape[3] / x.shape[4], ZOOM if zoom else 0.0, mirror, generator).to(x.device)
    field = bias_field(x.shape, x.device, generator)
    grid = functional.affine_grid(theta, [x.shape[0], 1, *x.shape[2:]], align_corners=False)
    moved = functional.grid_sample(x, grid, mode="bilinear", align_corners=False) * field
    if mask is None:
        return moved, None
    return moved, functional.grid_sample(mask.float(), grid, mode="nearest", align_corners=False)


def as_augmented(x: Tensor, unscaled: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Shift and scale (B, C, 1, 1, 1) under which a channel as measured, of a CT in HU, may be augmented.

    What comes in at the edges is then its lowest value (0 at most), and noise is a share of its deviation. Other
    channels are as they are: 0 is their edge, 1 their scale.
    """
    shift, scale = (torch.full((*x.shape[:2], 1, 1, 1), value, device=x.device) for value in (0.0, 1.0))
    raw = list(unscaled)
    shift[:, raw] = x[:, raw].amin((2, 3, 4), keepdim=True).clamp(max=0.0)
    deviation = x[:, raw].std((2, 3, 4), correction=0, keepdim=True)
    scale[:, raw] = torch.where(deviation > 0, deviation, 1.0)
    return shift, scale


def with_other_intensities(x: Tensor, generator: torch.Generator) -> Tensor:
    """Vary the intensities of z-scored cases (B, C, D, H, W): contrast by up to 20 %, shift by up to 0.2 SD, noise.

    The noise's deviation is drawn between 0 and 0.1. Padding (exact zeros) is varied like the rest.
    """
    one = (x.shape[0], x.shape[1], 1, 1, 1)
    stretch = (uniform(one, CONTRAST, generator)).exp().to(x.device)
    shift = uniform(one, BRIGHTNESS, generator).to(x.device)
    strength = (torch.rand(one, generator=generator) * NOISE).to(x.device)
    return x * stretch + shift + strength * noise(x.shape, x.device, generator)


def noise(shape: torch.Size, device: torch.device, generator: torch.Generator) -> Tensor:
    """Draw standard normal values; on a GPU they are drawn there, from a seed of the checkpoint's generator.

    A CPU needs a third of a second for the noise of four full-size cases, during which a GPU would be idle.
    """
    if device.type == "cpu":
        return torch.randn(shape, generator=generator)
    seed = int(torch.randint(2**62, (1,), generator=generator))
    return torch.randn(shape, device=device, generator=torch.Generator(device).manual_seed(seed))
