"""Draws slices side by side as one PNG."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MIN_SIDE_PIXELS = 160
GAP = 4
HIDDEN = (0x46, 0x4B, 0x57)
"""Colour of voxels that are not there (NaN): no grey of an image."""


def strip_png(tiles: NDArray[np.float32]) -> bytes:
    """Slices (n, y, x) as a PNG, from left to right, under one window: the 1st to the 99th percentile of the first.

    NaN is drawn in a bluish grey. Small slices are enlarged by whole factors, so that a voxel stays a square.
    """
    low, high = np.nanpercentile(tiles[0], [1.0, 99.0])
    grey = np.clip((tiles - low) / max(float(high - low), 1e-6), 0.0, 1.0)
    pixels = np.repeat((np.nan_to_num(grey) * 255).astype(np.uint8)[..., None], 3, axis=-1)
    pixels[np.isnan(tiles)] = HIDDEN
    factor = max(1, -(-MIN_SIDE_PIXELS // min(tiles.shape[1:])))
    pixels = pixels.repeat(factor, axis=1).repeat(factor, axis=2)
    gap = np.full((pixels.shape[1], GAP, 3), 255, dtype=np.uint8)
    parts = [part for tile in pixels for part in (gap, tile)][1:]
    out = io.BytesIO()
    Image.fromarray(np.concatenate(parts, axis=1)).save(out, "PNG")
    return out.getvalue()
