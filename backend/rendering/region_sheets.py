"""A region of a case slice by slice, as sheets of tiles: the image, its outlines and a map of a feature apart.

A page can then switch outlines and map and go through the slices without asking for anything more. Sheets are WebP
without metadata.
"""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.errors import BadImage
from backend.models import Case
from backend.rendering import viewer_data
from backend.rendering.display import display_of
from backend.rendering.region_picture import OPACITY, Overlay, map_shares, slice_of, window_of
from backend.rendering.scale_bar import draw_scale_bar
from backend.rendering.slice_png import Outline, draw_letters, draw_outline, outlines_of
from backend.rendering.square_cut import Square
from backend.rendering.viridis import viridis
from backend.storage.blob_store import BlobStore
from shared.schemas.protocol import Protocol

TILE = 256
COLUMNS = 6
MOST_SLICES = 24
QUALITY = 82
NOTHING = (1, 2, 3)
"""A colour that no outline has."""
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sheets:
    """Tiles line by line, six a line; `first` is the tile to open on. `outlines` and `map` are see-through."""

    slices: int
    first: int
    image: bytes
    outlines: bytes | None
    map: bytes | None


def region_sheets(
    files: BlobStore, case: Case, protocol: Protocol, modality: str, roi: str, field_mm: float, over: Overlay | None
) -> Sheets:
    """At most 24 slices through a region, a square of `field_mm` around it. Raises NotFound for what is not there."""
    viewer_data.check_has(case, modality)
    fullest = slice_of(files, case, protocol, roi)
    mask = viewer_data.view_array(files, case, protocol, roi)
    info = next(one for one in viewer_data.view(files, case, protocol).volumes if one.modality == modality)
    square = Square.around(mask, info.spacing_zyx_mm[1:], field_mm)
    shown = chosen_slices(mask > 0, fullest)
    lines = [_outline(_outlines(files, case, protocol, k), square) for k in shown]
    return Sheets(
        slices=len(shown),
        first=shown.index(fullest),
        image=_sheet(_images(files, case, protocol, modality, square, shown)),
        outlines=_sheet(lines) if any(tile[..., 3].any() for tile in lines) else None,
        map=None if over is None else _map_sheet(files, case, protocol, over, square, shown),
    )


def chosen_slices(inside: NDArray[np.bool_], fullest: int) -> list[int]:
    """The slices of a region and one on either side; of too many evenly spread ones, the fullest always among them."""
    held = np.flatnonzero(inside.any(axis=(1, 2)))
    first, last = max(0, int(held[0]) - 1), min(len(inside) - 1, int(held[-1]) + 1)
    count = last - first + 1
    if count <= MOST_SLICES:
        return list(range(first, last + 1))
    spread = np.unique(np.rint(np.linspace(first, last, MOST_SLICES)).astype(int))
    nearest = int(np.argmin(np.abs(spread - fullest)))
    spread[nearest] = fullest
    return [int(k) for k in spread]


def _images(
    files: BlobStore, case: Case, protocol: Protocol, modality: str, square: Square, shown: list[int]
) -> list[Pixels]:
    info = next(one for one in viewer_data.view(files, case, protocol).volumes if one.modality == modality)
    stored = viewer_data.view_array(files, case, protocol, modality)
    window = window_of(files, case, protocol, info)
    tiles = []
    for k in shown:
        values = info.intercept + info.slope * stored[k].astype(np.float64)
        grey = np.clip((values - window.level) / window.width + 0.5, 0.0, 1.0)
        pixels = np.repeat(square.smooth((grey * 255).astype(np.uint8), TILE)[..., None], 3, axis=-1)
        picture = Image.fromarray(pixels)
        draw_letters(picture, viewer_data.AXIS_LETTERS)
        draw_scale_bar(picture, TILE / square.side_mm)
        tiles.append(np.array(picture))
    return tiles


def _outlines(files: BlobStore, case: Case, protocol: Protocol, k: int) -> list[Outline]:
    there = {volume.kind for volume in case.volumes}
    return [
        outline
        for region in display_of(protocol).regions
        if region.name in protocol.rois and region.name in there
        for outline in outlines_of(viewer_data.view_array(files, case, protocol, region.name)[k], region)
    ]


def _outline(outlines: list[Outline], square: Square) -> Pixels:
    """A see-through tile with the outlines of one slice."""
    pixels = np.full((TILE, TILE, 3), NOTHING, dtype=np.uint8)
    for mask, colour in outlines:
        if mask.any():
            draw_outline(pixels, square.mask(mask, TILE), colour)
    drawn = np.any(pixels != NOTHING, axis=-1)
    return np.concatenate([np.where(drawn[..., None], pixels, 0), (drawn * 255)[..., None]], axis=-1).astype(np.uint8)


def _map_sheet(
    files: BlobStore, case: Case, protocol: Protocol, over: Overlay, square: Square, shown: list[int]
) -> bytes | None:
    """The map's slices as see-through tiles; None where this region is too small for a map."""
    try:
        shares, held = map_shares(files, case, protocol, over, None)
    except BadImage:
        return None
    tiles = []
    for k in shown:
        here = square.blocks(held[k].astype(np.uint8), TILE) > 0
        colours = np.stack([square.blocks(part, TILE) for part in np.moveaxis(viridis(shares[k]), -1, 0)], axis=-1)
        alpha = np.where(here, round(255 * OPACITY), 0).astype(np.uint8)
        tiles.append(np.concatenate([np.where(here[..., None], colours, 0), alpha[..., None]], axis=-1))
    return _sheet(tiles)


def _sheet(tiles: list[Pixels]) -> bytes:
    """Tiles side by side, six a line, as WebP; see-through ones keep their edges."""
    channels = tiles[0].shape[-1]
    rows = -(-len(tiles) // COLUMNS)
    sheet = np.zeros((rows * TILE, COLUMNS * TILE, channels), dtype=np.uint8)
    for at, tile in enumerate(tiles):
        row, column = divmod(at, COLUMNS)
        sheet[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE] = tile
    out = io.BytesIO()
    see_through = channels == 4
    Image.fromarray(sheet).save(out, "WEBP", lossless=see_through, quality=QUALITY, method=4)
    return out.getvalue()
