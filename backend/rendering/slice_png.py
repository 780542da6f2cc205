"""Draws a slice as PNG: window and level, outlines of the regions, R L A P letters, square pixels."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from backend.errors import NotFound
from backend.models import Case
from backend.rendering import viewer_data
from backend.storage.blob_store import BlobStore

PICTURE_CODE = 1
"""Raised when the same slice would be drawn differently, so that browsers forget what they have."""
OUTLINE = {"gland": (0x56, 0xB4, 0xE9), "lesion": (0xF0, 0xE4, 0x42), "zones": (0xCC, 0x79, 0xA7)}
HALO = (16, 16, 16)
LETTER = (225, 225, 225)
PIXELS_PER_MM = 4.0
MAX_SIDE_PIXELS = 1600
GLAND_MARGIN = 1.9
"""A picture around the gland is this many gland widths wide, as the viewer opens."""


@dataclass(frozen=True, slots=True)
class Window:
    """Intensities between level - width / 2 (black) and level + width / 2 (white), in the unit of the image."""

    width: float
    level: float

    @classmethod
    def between(cls, low: float, high: float) -> "Window":
        return cls(max(high - low, 1e-6), (low + high) / 2)


@dataclass(frozen=True, slots=True)
class Framing:
    """How much of a slice is shown, and how large: `side` is the longer edge in pixels at most."""

    around_gland: bool = False
    side: int = MAX_SIDE_PIXELS


def case_picture(
    files: BlobStore,
    case: Case,
    modality: str,
    k: int | None,
    window: Window | None,
    rois: Sequence[str],
    framing: Framing = Framing(),
) -> bytes:
    """A slice of a case as PNG: slice `k` or the one with most lesion, the given window or the image's own.

    Raises NotFound for a modality or slice that the case does not have; regions it does not have are left out, and a
    case without a gland is shown whole.
    """
    shown = viewer_data.view(files, case)
    info = next((volume for volume in shown.volumes if volume.modality == modality), None)
    if info is None:
        raise NotFound(f"This case has no {modality}.")
    k = shown.best_slice if k is None else k
    if k >= info.shape_zyx[0]:
        raise NotFound(f"This case has {info.shape_zyx[0]} slices, numbered from 0; there is no slice {k}.")
    stored = viewer_data.view_array(files, case, modality)[k]
    masks: dict[str, NDArray[np.bool_]] = {
        mask.roi: viewer_data.view_array(files, case, mask.roi)[k] > 0 for mask in shown.masks if mask.roi in rois
    }
    if framing.around_gland and any(mask.roi == "gland" for mask in shown.masks):
        part = around(viewer_data.view_array(files, case, "gland").astype(bool), info.spacing_zyx_mm[1:])
        stored, masks = stored[part], {roi: mask[part] for roi, mask in masks.items()}
    return slice_png(
        info.intercept + info.slope * stored.astype(np.float64),
        info.spacing_zyx_mm[1:],
        window or Window.between(info.low, info.high),
        masks,
        viewer_data.AXIS_LETTERS,
        framing.side,
    )


def around(mask: NDArray[np.bool_], spacing_yx_mm: tuple[float, float]) -> tuple[slice, slice]:
    """Rows and columns of a square of 1.9 times the larger extent of `mask` (z, y, x), as far as the image reaches.

    An empty mask gives the whole image.
    """
    flat = np.any(mask, axis=0)
    rows, columns = np.flatnonzero(np.any(flat, axis=1)), np.flatnonzero(np.any(flat, axis=0))
    if rows.size == 0:
        return slice(None), slice(None)
    widest = max((np.ptp(found) + 1) * mm for found, mm in zip((rows, columns), spacing_yx_mm, strict=True))
    cut = []
    for found, mm in zip((rows, columns), spacing_yx_mm, strict=True):
        middle, half = (found[0] + found[-1]) / 2, GLAND_MARGIN * widest / mm / 2
        cut.append(slice(max(0, round(middle - half)), round(middle + half) + 1))
    return cut[0], cut[1]


def slice_png(
    image: NDArray[np.floating],
    spacing_yx_mm: tuple[float, float],
    window: Window,
    masks: Mapping[str, NDArray[np.bool_]],
    letters: Mapping[str, str],
    most_pixels: int = MAX_SIDE_PIXELS,
) -> bytes:
    """A slice (y, x) in image units as PNG, with the outline of each mask (y, x) on the same grid.

    Pixels are made square at 4 a millimetre (fewer for a large field). `letters` names the edges left, right, top
    and bottom. Masks are keyed by region (gland, lesion, zones) and drawn in that order, each with a dark halo.
    """
    size = _size(image.shape, spacing_yx_mm, most_pixels)
    grey = np.clip((image - window.level) / window.width + 0.5, 0.0, 1.0)
    picture = Image.fromarray((grey * 255).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR).convert("RGB")
    pixels = np.array(picture)
    for region, colour in OUTLINE.items():
        if region in masks and masks[region].any():
            _draw_outline(pixels, masks[region], size, colour)
    picture = Image.fromarray(pixels)
    _draw_letters(picture, letters)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _size(shape: tuple[int, ...], spacing_yx_mm: tuple[float, float], most_pixels: int) -> tuple[int, int]:
    """Width and height in pixels."""
    height_mm, width_mm = shape[0] * spacing_yx_mm[0], shape[1] * spacing_yx_mm[1]
    scale = min(PIXELS_PER_MM, most_pixels / max(height_mm, width_mm))
    return max(1, round(width_mm * scale)), max(1, round(height_mm * scale))


def _draw_outline(
    pixels: NDArray[np.uint8], mask: NDArray[np.bool_], size: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    large = np.array(Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.NEAREST)) > 0
    line = large & ~_shrunk(large)
    pixels[_grown(_grown(line))] = HALO
    pixels[_grown(line) & large] = colour


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask and its four neighbours."""
    wide = np.pad(mask, 1)
    return wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]


def _shrunk(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask without its border; the picture's edge counts as outside."""
    wide = np.pad(mask, 1)
    return mask & wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]


def _draw_letters(picture: Image.Image, letters: Mapping[str, str]) -> None:
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    points = max(12, min(width, height) // 24)
    font = ImageFont.load_default(points)
    margin = points // 3
    places = {
        "left": (margin, height // 2, "lm"),
        "right": (width - margin, height // 2, "rm"),
        "top": (width // 2, margin, "mt"),
        "bottom": (width // 2, height - margin, "mb"),
    }
    for edge, (x, y, anchor) in places.items():
        draw.text(
            (x, y), letters.get(edge, ""), fill=LETTER, font=font, anchor=anchor, stroke_width=2, stroke_fill=HALO
        )
