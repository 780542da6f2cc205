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
from backend.rendering.display import display_of
from backend.storage.blob_store import BlobStore
from shared import schemas as s
from shared.schemas.protocol import Protocol

PICTURE_CODE = 1
"""Raised when the same slice would be drawn differently, so that browsers forget what they have."""
HALO = (16, 16, 16)
LETTER = (225, 225, 225)
PIXELS_PER_MM = 4.0
MAX_SIDE_PIXELS = 1600
REGION_MARGIN = 1.9
"""A picture around a region is this many widths of it wide, as the viewer opens."""
Outline = tuple[NDArray[np.bool_], tuple[int, int, int]]
"""A mask (y, x) and the red, green and blue of its line."""


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

    around: str | None = None
    """A region."""
    side: int = MAX_SIDE_PIXELS


def case_picture(
    files: BlobStore,
    case: Case,
    protocol: Protocol,
    modality: str,
    k: int | None,
    window: Window | None,
    rois: Sequence[str],
    framing: Framing = Framing(),
) -> bytes:
    """A slice of a case as PNG: slice `k` or the one it opens on, the given window or the image's own.

    Raises NotFound for a modality or slice that the case does not have; regions it does not have are left out, and a
    case without the region it is framed around is shown whole.
    """
    viewer_data.check_has(case, modality)
    shown = viewer_data.view(files, case, protocol)
    info = next(volume for volume in shown.volumes if volume.modality == modality)
    k = shown.best_slice if k is None else k
    if k >= info.shape_zyx[0]:
        raise NotFound(f"This case has {info.shape_zyx[0]} slices, numbered from 0; there is no slice {k}.")
    stored = viewer_data.view_array(files, case, protocol, modality)[k]
    here = [mask.roi for mask in shown.masks]
    labels = {roi: viewer_data.view_array(files, case, protocol, roi)[k] for roi in here if roi in rois}
    outlines = [each for one in display_of(protocol).regions for each in outlines_of(labels.get(one.name), one)]
    if framing.around in here:
        whole = viewer_data.view_array(files, case, protocol, framing.around).astype(bool)
        part = around(whole, info.spacing_zyx_mm[1:])
        stored, outlines = stored[part], [(mask[part], colour) for mask, colour in outlines]
    return slice_png(
        info.intercept + info.slope * stored.astype(np.float64),
        info.spacing_zyx_mm[1:],
        window or Window.between(info.low, info.high),
        outlines,
        viewer_data.AXIS_LETTERS,
        framing.side,
    )


def outlines_of(labels: NDArray[np.integer] | None, region: s.ShownRegion) -> list[Outline]:
    """The outline of a region, or one a colour where its codes have several."""
    if labels is None:
        return []
    colours = {code.colour for code in region.codes}
    if len(colours) < 2:
        return [(labels > 0, _rgb(region.colour))]
    return [(labels == code.code, _rgb(code.colour)) for code in region.codes]


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


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
        middle, half = (found[0] + found[-1]) / 2, REGION_MARGIN * widest / mm / 2
        cut.append(slice(max(0, round(middle - half)), round(middle + half) + 1))
    return cut[0], cut[1]


def slice_png(
    image: NDArray[np.floating],
    spacing_yx_mm: tuple[float, float],
    window: Window,
    outlines: Sequence[Outline],
    letters: Mapping[str, str],
    most_pixels: int = MAX_SIDE_PIXELS,
) -> bytes:
    """A slice (y, x) in image units as PNG, with outlines of masks on the same grid.

    Pixels are made square at 4 a millimetre (fewer for a large field). `letters` names the edges left, right, top
    and bottom. Outlines are drawn in their order, each with a dark halo.
    """
    size = _size(image.shape, spacing_yx_mm, most_pixels)
    grey = np.clip((image - window.level) / window.width + 0.5, 0.0, 1.0)
    picture = Image.fromarray((grey * 255).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR).convert("RGB")
    pixels = np.array(picture)
    for mask, colour in outlines:
        if mask.any():
            enlarged = Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.NEAREST)
            draw_outline(pixels, np.array(enlarged) > 0, colour)
    picture = Image.fromarray(pixels)
    draw_letters(picture, letters)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _size(shape: tuple[int, ...], spacing_yx_mm: tuple[float, float], most_pixels: int) -> tuple[int, int]:
    """Width and height in pixels."""
    height_mm, width_mm = shape[0] * spacing_yx_mm[0], shape[1] * spacing_yx_mm[1]
    scale = min(PIXELS_PER_MM, most_pixels / max(height_mm, width_mm))
    return max(1, round(width_mm * scale)), max(1, round(height_mm * scale))


def draw_outline(pixels: NDArray[np.uint8], mask: NDArray[np.bool_], colour: tuple[int, int, int]) -> None:
    """Draws the border of a mask of the picture's size into it: a line inside the mask, with a dark halo."""
    line = mask & ~_shrunk(mask)
    pixels[_grown(_grown(line))] = HALO
    pixels[_grown(line) & mask] = colour


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask and its four neighbours."""
    wide = np.pad(mask, 1)
    return wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]


def _shrunk(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask without its border; the picture's edge counts as outside."""
    wide = np.pad(mask, 1)
    return mask & wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]


def draw_letters(picture: Image.Image, letters: Mapping[str, str]) -> None:
    """Writes the letters of the edges into a picture."""
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
