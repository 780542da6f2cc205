"""Sheets of a region: which slices, where they lie, layers apart, no metadata, at most 24 tiles of 256 pixels."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.errors import NotFound
from backend.models import Case
from backend.rendering import viewer_data
from backend.rendering.feature_maps import Wanted, feature_map
from backend.rendering.region_picture import OPACITY, Overlay
from backend.rendering.region_sheets import COLUMNS, MOST_SLICES, TILE, Sheets, chosen_slices, region_sheets
from backend.rendering.viridis import viridis
from backend.storage.blob_store import BlobStore
from shared.protocols.reader import prostate
from tests.small_study import small_study, stored

FEATURE = "original_firstorder_Mean"
FIELD_MM = 24.0


def sheets(files: BlobStore, case: Case, *, mapped: bool = True) -> Sheets:
    over = Overlay(Wanted("T2", "gland", FEATURE)) if mapped else None
    return region_sheets(files, case, prostate(), "T2", "gland", FIELD_MM, over)


def pixels(sheet: bytes | None) -> np.ndarray:
    assert sheet is not None
    picture = Image.open(io.BytesIO(sheet))
    assert picture.format == "WEBP"
    return np.asarray(picture)


def tile(sheet: np.ndarray, at: int) -> np.ndarray:
    row, column = divmod(at, COLUMNS)
    return sheet[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]


def chunks_of(sheet: bytes) -> set[bytes]:
    """Names of the chunks of a WebP file."""
    found, at = set(), 12
    while at < len(sheet):
        found.add(sheet[at : at + 4])
        size = int.from_bytes(sheet[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return found


def test_slices_of_the_region_lie_line_by_line_with_their_outlines(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    case = stored(files, small_study())
    found = sheets(files, case)
    mask = viewer_data.view_array(files, case, prostate(), "gland") > 0
    held = np.flatnonzero(mask.any(axis=(1, 2)))
    assert found.slices == held[-1] - held[0] + 3, "one slice on either side"
    image, outlines = pixels(found.image), pixels(found.outlines)
    assert image.shape == (TILE * -(-found.slices // COLUMNS), TILE * COLUMNS, 3)
    drawn = [bool(tile(outlines, at)[..., 3].any()) for at in range(found.slices)]
    assert drawn == [False, *[True] * (found.slices - 2), False]
    seen = {tuple(colour) for colour in outlines[outlines[..., 3] > 0][:, :3]}
    assert seen == {(0x56, 0xB4, 0xE9), (0xF0, 0xE4, 0x42), (16, 16, 16)}, "gland, lesion and their halo"
    assert np.ptp(tile(image, found.first)) > 100


def test_the_map_is_a_layer_of_its_own_in_the_colours_of_the_viewer(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    case = stored(files, small_study())
    found = sheets(files, case)
    sheet = pixels(found.map)
    seen = sheet[..., 3] > 0
    assert set(np.unique(sheet[..., 3])) == {0, round(255 * OPACITY)}
    scale = {tuple(colour) for colour in viridis(np.linspace(0, 1, 256))}
    assert {tuple(colour) for colour in sheet[seen][:, :3]} <= scale
    facts, _ = feature_map(files, case, prostate(), Wanted("T2", "gland", FEATURE))
    assert facts.voxels > 0
    assert not tile(sheet, 0)[..., 3].any(), "no value beyond the region"
    assert sheets(files, case, mapped=False).map is None


def test_sheets_carry_no_metadata_and_are_the_same_each_time(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    case = stored(files, small_study())
    found = sheets(files, case)
    for sheet in (found.image, found.outlines, found.map):
        assert sheet is not None
        assert chunks_of(sheet) <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}, "pixels and nothing else"
    assert found == sheets(files, case)


@pytest.mark.parametrize("depth", [1, 5, 24, 25, 60, 200])
def test_at_most_24_slices_and_the_fullest_among_them(depth: int) -> None:
    inside = np.zeros((depth + 10, 4, 4), dtype=bool)
    inside[5 : 5 + depth] = True
    for fullest in {5, 5 + depth // 3, 4 + depth}:
        chosen = chosen_slices(inside, fullest)
        assert len(chosen) == min(depth + 2, MOST_SLICES)
        assert fullest in chosen
        assert chosen == sorted(set(chosen))
        assert chosen[0] in (4, fullest)
        assert chosen[-1] in (5 + depth, fullest)


def test_what_a_case_lacks_is_not_found(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    images, masks = small_study()
    del masks["gland"]
    with pytest.raises(NotFound, match="gland"):
        sheets(files, stored(files, (images, masks)))
