"""Encoder input of a prepared case: channels of declared intensity and masks, cropped or padded to a fixed window."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from backend.errors import BadImage, BadSettings
from backend.science.imaging.intensity import NONZERO, Intensity, seen
from backend.science.imaging.prepare import PreparedCase
from backend.science.imaging.sliding_window import block_mean, cut, window_start
from backend.science.types import MODALITIES, Float32Array, LabelArray, Size, Spacing

Centre = Literal["image", "gland"]


def encoder_input(
    case: PreparedCase,
    size: Size = (64, 224, 224),
    spacing: Spacing = (1.0, 0.5, 0.5),
    modalities: Sequence[str] = MODALITIES,
    centre: Centre = "image",
    *,
    zero_below: float = 0.0,
    intensity: Mapping[str, Intensity] | None = None,
) -> Float32Array:
    """Encoder input (len(modalities), D, H, W) float32: scaled intensities, centre crop, symmetric pad.

    `size` and `spacing` (mm) are in z, y, x order. Where the spacing is a whole multiple of the case's, voxels are
    averaged over blocks: the demo's small encoder uses (32, 96, 96) at (2, 1, 1) mm. The order is ProFound's:
    normalise the whole image, then crop, then pad. A modality without an `intensity` is z-scored over its non-zero
    voxels; what is beyond an image is as `intensity` says. A modality may be several channels. `centre="gland"` centres
    the window on the gland as far as the image allows. Voxels below `zero_below` of an image's usual maximum count as
    0. Axes are those of `case`.
    """
    missing = [modality for modality in modalities if modality not in case.images]
    if missing:
        raise BadImage(
            f"The case has no {' and no '.join(missing)} image, which the encoder needs; import one, or leave the "
            "case out."
        )
    factors = _factors(case, spacing)
    starts, window = _window(case, size, factors, centre)

    def channel(modality: str) -> Float32Array:
        rule = (intensity or {}).get(modality, NONZERO)
        field = None if rule == NONZERO else case.measured(modality)
        values, beyond = seen(case.images[modality], rule, zero_below, field)
        return block_mean(cut(values, starts, window, beyond), factors).astype(np.float32)

    channels = {modality: channel(modality) for modality in modalities}
    return np.stack([channels[modality] for modality in modalities])


def encoder_volume(
    case: PreparedCase,
    spacing: Spacing = (1.0, 0.5, 0.5),
    modalities: Sequence[str] = MODALITIES,
    *,
    zero_below: float = 0.0,
    intensity: Mapping[str, Intensity] | None = None,
    window: Size = (1, 1, 1),
) -> Float32Array:
    """The whole case, (len(modalities), D, H, W) float32, prepared as in `encoder_input` but not cropped.

    Where 0 is no value of what is beyond an image (`none` of a CT), it is padded to the `window` that will be cut.
    """
    factors = _factors(case, spacing)
    depth, height, width = (-(-n // factor) for n, factor in zip(case.grid.size[::-1], factors, strict=True))
    rules = {(intensity or {}).get(modality, NONZERO).rule for modality in modalities}
    if "none" in rules:
        depth, height, width = (max(*sides) for sides in zip((depth, height, width), window, strict=True))
    return encoder_input(case, (depth, height, width), spacing, modalities, zero_below=zero_below, intensity=intensity)


def encoder_mask(
    case: PreparedCase,
    roi: str,
    size: Size = (64, 224, 224),
    spacing: Spacing = (1.0, 0.5, 0.5),
    centre: Centre = "image",
) -> LabelArray:
    """Mask (D, H, W) uint8 0/1 in `encoder_input`'s window; a coarse voxel is 1 where half or more of it is ROI."""
    if roi not in case.masks:
        raise BadImage(f"The case has no {roi} mask; import one, or leave the case out.")
    factors = _factors(case, spacing)
    starts, window = _window(case, size, factors, centre)
    binary = (case.masks[roi] > 0).astype(np.float32)
    return (block_mean(cut(binary, starts, window), factors) >= 0.5).astype(np.uint8)


def alone(channels: Float32Array, kept: Sequence[int]) -> Float32Array:
    """Only the channels at these positions of an input (C, D, H, W), the others 0, for a target learnt from some.

    Zero is the mean of a z-scored channel and the lowest value of others, so one encoder serves every target. Embed
    both stages of an encoder on this input: a shift then comes from the weights and not from the input.
    """
    found = np.zeros_like(channels)
    found[list(kept)] = channels[list(kept)]
    return found


def is_multiple(spacing: Spacing, grid: Spacing) -> bool:
    """Whether an encoder's spacing is a whole multiple of a grid's along every axis, both z, y, x."""
    ratios = np.array(spacing) / np.array(grid)
    factors = np.rint(ratios)
    return bool((factors >= 1).all() and np.allclose(ratios, factors, rtol=1e-3))


def _factors(case: PreparedCase, spacing: Spacing) -> Size:
    """Voxels of the case per encoder voxel along z, y, x."""
    factors = np.rint(np.array(spacing) / np.array(case.grid.spacing[::-1])).astype(int)
    if not is_multiple(spacing, case.grid.spacing[::-1]):
        wanted, given = ((" x ".join(f"{mm:g}" for mm in s)) for s in (spacing, case.grid.spacing[::-1]))
        raise BadSettings(
            f"The encoder's spacing {wanted} mm (z, y, x) is not a whole multiple of the case's {given} mm; "
            "choose a multiple, or prepare the case at the encoder's spacing."
        )
    return int(factors[0]), int(factors[1]), int(factors[2])


def _window(case: PreparedCase, size: Size, factors: Size, centre: Centre) -> tuple[list[int], list[int]]:
    """Start (negative where the window begins before the image) and length of the window in case voxels."""
    shape = case.grid.size[::-1]
    window = [n * factor for n, factor in zip(size, factors, strict=True)]
    middles = [n // 2 for n in shape]
    gland = case.masks.get("gland")
    if centre == "gland" and gland is not None and gland.any():
        middles = [int((where.min() + where.max() + 1) // 2) for where in np.nonzero(gland)]
    starts = [window_start(n, length, middle) for n, length, middle in zip(shape, window, middles, strict=True)]
    return starts, window
