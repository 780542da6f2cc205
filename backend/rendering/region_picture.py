"""A square picture of one region of a case: cut out around it, outlined, with a scale bar and, if asked, a map.

Every picture of one `field_mm` and size has the same scale, so that regions of several cases can be compared by eye.
"""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.errors import NotFound
from backend.models import Case
from backend.rendering import feature_maps, viewer_data
from backend.rendering.display import display_of
from backend.rendering.scale_bar import draw_scale_bar
from backend.rendering.slice_png import Window, draw_letters, draw_outline, outlines_of
from backend.rendering.square_cut import Square
from backend.rendering.viridis import viridis
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from shared import schemas as s
from shared.protocol_words import frame_of
from shared.schemas.protocol import Protocol

REGION_PICTURE_CODE = 1
"""Raised when the same request would be drawn differently, so that caches and browsers forget what they have."""
USUAL_SIZE, LEAST_SIZE, MOST_SIZE = 320, 96, 1024
LEAST_FIELD_MM, MOST_FIELD_MM = 5.0, 1000.0
OPACITY = 0.75
BRIGHTEST, HEADROOM = 0.995, 0.25
"""Where the protocol names no window: up to this share of the organ's voxels, and so much of their range above it."""


@dataclass(frozen=True, slots=True)
class View:
    """What is cut out: image, region (None for the whole slice), slice (the region's fullest), size, field of view.

    `centre_mm` is right and down from the first voxel, the region's middle if None; so is the window the usual one.
    `outlined` are the masks to draw, the region alone if None.
    """

    modality: str
    roi: str | None
    k: int | None = None
    size: int = USUAL_SIZE
    field_mm: float | None = None
    centre_mm: tuple[float, float] | None = None
    window: Window | None = None
    outlined: tuple[str, ...] | None = None

    @property
    def lines(self) -> tuple[str | None, ...]:
        """The masks that are outlined."""
        return (self.roi,) if self.outlined is None else self.outlined


@dataclass(frozen=True, slots=True)
class Overlay:
    """A map over the picture: the feature, and the values of the first and the last colour; None takes the map's."""

    wanted: feature_maps.Wanted
    low: float | None = None
    high: float | None = None


def picture_etag(case: Case, protocol: Protocol, view: View, over: Overlay | None = None) -> str:
    """Names the content of a picture before it is drawn."""
    asked = [view.modality, view.roi, view.k, view.size, view.field_mm, view.centre_mm, view.outlined]
    asked += [] if view.window is None else [view.window.width, view.window.level]
    if over is not None:
        asked += [feature_maps.etag_of(case, protocol, over.wanted), over.low, over.high]
    key = viewer_data.view_key(case, protocol)
    return request_key("region picture", code=REGION_PICTURE_CODE, view=key, asked=asked)


def region_picture(
    files: BlobStore,
    case: Case,
    protocol: Protocol,
    view: View,
    over: Overlay | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> bytes:
    """The picture as PNG, drawn once and then cached.

    Raises NotFound for an image, region or slice that the case does not have, and as `feature_map` does.
    """
    name = f"{picture_etag(case, protocol, view, over)}.png"
    drawn = files.cached(name)
    if drawn is None:
        drawn = _drawn(files, case, protocol, view, over, cancelled)
        files.cache(name, drawn)
    return drawn


def slice_of(files: BlobStore, case: Case, protocol: Protocol, roi: str) -> int:
    """The slice with most of a region; of equal ones the middle one. Raises NotFound for a region without voxels."""
    return _fullest(_mask(files, case, protocol, roi), roi)


def field_of(files: BlobStore, case: Case, protocol: Protocol, roi: str) -> float:
    """The side in millimetres of a square around a region, with a margin."""
    shown = viewer_data.view(files, case, protocol)
    spacing = shown.volumes[0].spacing_zyx_mm[1:]
    return Square.around(_mask(files, case, protocol, roi), spacing).side_mm


def _drawn(
    files: BlobStore,
    case: Case,
    protocol: Protocol,
    view: View,
    over: Overlay | None,
    cancelled: Callable[[], bool] | None,
) -> bytes:
    out = io.BytesIO()
    draw(files, case, protocol, view, over, cancelled).save(out, "PNG", optimize=True)
    return out.getvalue()


def draw(
    files: BlobStore,
    case: Case,
    protocol: Protocol,
    view: View,
    over: Overlay | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Image.Image:
    """The picture itself; raises as `region_picture`."""
    viewer_data.check_has(case, view.modality)
    info = next(one for one in viewer_data.view(files, case, protocol).volumes if one.modality == view.modality)
    mask = np.zeros(info.shape_zyx, np.uint8) if view.roi is None else _mask(files, case, protocol, view.roi)
    k = slice_shown(files, case, protocol, view)
    square = Square.around(mask, info.spacing_zyx_mm[1:], view.field_mm, view.centre_mm)
    window = view.window or window_of(files, case, protocol, info)
    stored = viewer_data.view_array(files, case, protocol, view.modality)[k]
    values = info.intercept + info.slope * stored.astype(np.float64)
    grey = np.clip((values - window.level) / window.width + 0.5, 0.0, 1.0)
    pixels = np.repeat(square.smooth((grey * 255).astype(np.uint8), view.size)[..., None], 3, axis=-1)
    if over is not None:
        _lay_over(pixels, square, map_shares(files, case, protocol, over, cancelled), k)
    there = {volume.kind for volume in case.volumes}
    for region in display_of(protocol).regions:
        if region.name in there and region.name in view.lines:
            for outline, colour in outlines_of(_mask(files, case, protocol, region.name)[k], region):
                draw_outline(pixels, square.mask(outline, view.size), colour)
    picture = Image.fromarray(pixels)
    draw_letters(picture, viewer_data.AXIS_LETTERS)
    draw_scale_bar(picture, view.size / square.side_mm)
    return picture


def slice_shown(files: BlobStore, case: Case, protocol: Protocol, view: View) -> int:
    """The slice that a view is of. Raises NotFound for one that the case does not have."""
    shown = viewer_data.view(files, case, protocol)
    depth = shown.volumes[0].shape_zyx[0]
    if view.k is None:
        return shown.best_slice if view.roi is None else slice_of(files, case, protocol, view.roi)
    if view.k >= depth:
        raise NotFound(f"This case has {depth} slices, numbered from 0; there is no slice {view.k}.")
    return view.k


def _mask(files: BlobStore, case: Case, protocol: Protocol, roi: str) -> NDArray[np.integer]:
    viewer_data.check_has(case, roi)
    return viewer_data.view_array(files, case, protocol, roi)


def _fullest(mask: NDArray[np.integer], roi: str) -> int:
    counts = np.count_nonzero(mask, axis=(1, 2))
    if not counts.any():
        raise NotFound(f"The {roi} of this case has no voxel on the slices shown; choose other slices.")
    largest = np.flatnonzero(counts == counts.max())
    return int(largest[largest.size // 2])


def window_of(files: BlobStore, case: Case, protocol: Protocol, info: s.VolumeInfo) -> Window:
    """The protocol's window; where it names none the range of the organ with headroom, as the viewer opens.

    Without an organ around the finding, or where the case has no mask of it, it is the image's own range.
    """
    organ = frame_of(protocol)
    named = any(one.window != "auto" for one in protocol.modalities)
    if named or organ is None or organ not in {volume.kind for volume in case.volumes}:
        return Window.between(info.low, info.high)
    inside = _mask(files, case, protocol, organ) > 0
    if not inside.any():
        return Window.between(info.low, info.high)
    stored = viewer_data.view_array(files, case, protocol, info.modality)
    low, high = (info.intercept + info.slope * at for at in np.quantile(stored[inside], (0.01, BRIGHTEST)))
    return Window.between(float(low), float(high + HEADROOM * (high - low)))


def map_shares(
    files: BlobStore, case: Case, protocol: Protocol, over: Overlay, cancelled: Callable[[], bool] | None
) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """The map as shares (0 to 1) of its colours, (z, y, x), and where it has a value."""
    facts, voxels = feature_maps.feature_map(files, case, protocol, over.wanted, cancelled)
    stored = np.frombuffer(gzip.decompress(voxels), dtype="<u2").reshape(facts.shape_zyx)
    low = facts.low if over.low is None else over.low
    high = facts.high if over.high is None else over.high
    values = facts.intercept + facts.slope * stored.astype(np.float64)
    shares = (values - low) / (high - low) if high > low else np.full(values.shape, 0.5)
    return shares, stored > 0


def _lay_over(
    pixels: NDArray[np.uint8], square: Square, found: tuple[NDArray[np.floating], NDArray[np.bool_]], k: int
) -> None:
    """Mixes the colours of a map's slice into the picture; a voxel keeps its edges."""
    shares, held = (whole[k] for whole in found)
    size = len(pixels)
    here = square.blocks(held.astype(np.uint8), size) > 0
    colours = np.stack([square.blocks(part, size) for part in np.moveaxis(viridis(shares), -1, 0)], axis=-1)
    mixed = OPACITY * colours[here] + (1 - OPACITY) * pixels[here]
    pixels[here] = np.rint(mixed).astype(np.uint8)
