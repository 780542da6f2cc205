"""Encoder input of a prepared case: z-scored channels and masks, cropped or padded to a fixed window."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from backend.errors import BadImage, BadSettings
from backend.science.imaging.near_zero import without_near_zeros
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
) -> Float32Array:
    """Encoder input (len(modalities), D, H, W) float32: z-score over non-zero voxels, centre crop, symmetric zero pad.

    `size` and `spacing` (mm) are in z, y, x order. Where the spacing is a whole multiple of the case's, voxels are
    averaged over blocks: the demo's small encoder uses (32, 96, 96) at (2, 1, 1) mm. The order is ProFound's:
    normalise the whole image, then crop, then pad. `centre="gland"` centres the window on the gland as far as the
    image allows. Voxels below `zero_below` of an image's usual maximum count as 0. Axes are those of `case`.
    """
    missing = [modality for modality in modalities if modality not in case.images]
    if missing:
        raise BadImage(f"The case has no {' and no '.join(missing)} image, which the encoder needs.")
    factors = _factors(case, spacing)
    starts, window = _window(case, size, factors, centre)
    channels = [block_mean(cut(_z_score(case.images[m], zero_below), starts, window), factors) for m in modalities]
    return np.stack(channels).astype(np.float32)


def encoder_volume(
    case: PreparedCase,
    spacing: Spacing = (1.0, 0.5, 0.5),
    modalities: Sequence[str] = MODALITIES,
    *,
    zero_below: float = 0.0,
) -> Float32Array:
    """The whole case, (len(modalities), D, H, W) float32, prepared as in `encoder_input` but not cropped."""
    factors = _factors(case, spacing)
    depth, height, width = (-(-n // factor) for n, factor in zip(case.grid.size[::-1], factors, strict=True))
    return encoder_input(case, (depth, height, width), spacing, modalities, zero_below=zero_below)


def encoder_mask(
    case: PreparedCase,
    roi: str,
    size: Size = (64, 224, 224),
    spacing: Spacing = (1.0, 0.5, 0.5),
    centre: Centre = "image",
) -> LabelArray:
    """Mask (D, H, W) uint8 0/1 in `encoder_input`'s window; a coarse voxel is 1 where half or more of it is ROI."""
    if roi not in case.masks:
        raise BadImage(f"The case has no {roi} mask.")
    factors = _factors(case, spacing)
    starts, window = _window(case, size, factors, centre)
    binary = (case.masks[roi] > 0).astype(np.float32)
    return (block_mean(cut(binary, starts, window), factors) >= 0.5).astype(np.uint8)


def _z_score(image: Float32Array, zero_below: float) -> npt.NDArray[np.float64]:
    """Zero mean and unit (population) deviation over the non-zero voxels; what counts as zero becomes zero."""
    values = without_near_zeros(image.astype(np.float64), zero_below)
    inside = values != 0
    if inside.any():
        deviation = float(values[inside].std())
        values[inside] = (values[inside] - values[inside].mean()) / (deviation if deviation > 0 else 1.0)
    return values


def _factors(case: PreparedCase, spacing: Spacing) -> Size:
    """Voxels of the case per encoder voxel along z, y, x."""
    ratios = np.array(spacing) / np.array(case.grid.spacing[::-1])
    factors = np.rint(ratios).astype(int)
    if (factors < 1).any() or not np.allclose(ratios, factors, rtol=1e-3):
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
