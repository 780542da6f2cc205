"""Pictures of a region against millimetres: where its outline lies, how long the scale bar is, a map voxel by voxel."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.errors import NotFound
from backend.rendering import feature_maps, region_picture, viewer_data
from backend.rendering.region_picture import OPACITY, Overlay, View
from backend.rendering.slice_png import LETTER
from backend.rendering.square_cut import MARGIN, Square
from backend.rendering.viridis import viridis
from backend.storage.blob_store import BlobStore
from shared.protocols.reader import prostate
from tests.small_study import image, stored

PROSTATE = prostate()
GLAND = np.array([0x56, 0xB4, 0xE9])


def drawn(files: BlobStore, case, *given, over: Overlay | None = None) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(region_picture.region_picture(files, case, PROSTATE, View(*given), over))))


@pytest.fixture
def study(tmp_path: Path):
    """40 x 60 mm in plane; the gland is a block of 12 x 20 mm, off the middle; fullest on slice 4."""
    rng = np.random.default_rng(0)
    voxels = (rng.random((8, 60, 40)) * 300).astype(np.float32)
    gland = np.zeros(voxels.shape, np.uint8)
    gland[2:7, 30:50, 8:20] = 1
    gland[[2, 3, 5, 6], 30:34] = 0
    files = BlobStore(tmp_path)
    return files, stored(files, ({"T2": image(voxels)}, {"gland": image(gland)}))


@pytest.mark.parametrize(("size", "mm"), [(320, None), (256, 60.0), (512, 25.0)])
def test_the_outline_lies_where_the_region_is_in_millimetres(study, size: int, mm: float | None) -> None:
    pixels = drawn(*study, "T2", "gland", None, size, mm)
    assert pixels.shape == (size, size, 3)
    rows, columns = np.nonzero((pixels == GLAND).all(axis=-1))
    scale = size / (mm or MARGIN * 20)
    middle = size / 2
    expected = [middle - 10 * scale, middle + 10 * scale, middle - 6 * scale, middle + 6 * scale]
    found = [rows.min(), rows.max() + 1, columns.min(), columns.max() + 1]
    inside = [min(max(edge, 0), size) for edge in expected]
    np.testing.assert_allclose(found, inside, atol=1.01)


def test_the_scale_bar_is_as_long_as_it_says(study) -> None:
    for mm, length in ((60.0, 20), (40.0, 10), (25.0, 5)):
        pixels = drawn(*study, "T2", "gland", None, 400, mm)
        low = pixels[-20:]
        runs = (low == np.array(LETTER)).all(axis=-1).sum(axis=1)
        assert abs(runs.max() - length * 400 / mm) <= 1, (mm, length)
        assert (runs[:-5] <= runs.max()).all()


def test_the_slice_is_the_fullest_and_another_may_be_asked_for(study) -> None:
    files, case = study
    assert region_picture.slice_of(files, case, PROSTATE, "gland") == 4
    assert region_picture.field_of(files, case, PROSTATE, "gland") == pytest.approx(MARGIN * 20)
    usual = drawn(files, case, "T2", "gland")
    assert (usual == drawn(files, case, "T2", "gland", 4)).all()
    assert (usual != drawn(files, case, "T2", "gland", 3)).any()
    with pytest.raises(NotFound, match="no slice 8"):
        drawn(files, case, "T2", "gland", 8)
    with pytest.raises(NotFound, match="no ADC"):
        drawn(files, case, "ADC", "gland")


def test_a_map_is_drawn_voxel_by_voxel_in_the_colours_of_its_range(study) -> None:
    files, case = study
    wanted = feature_maps.Wanted("T2", "gland", "original_firstorder_Mean")
    low, high = -40.0, 60.0
    plain, mapped = (drawn(files, case, "T2", "gland", 4, 680, over=o) for o in (None, Overlay(wanted, low, high)))
    scale, centre = 680 / (MARGIN * 20), np.array([79.5, 27.5])  # of the grid shown, 0.5 mm
    values = _mean_map(files, case)
    checked = 0
    for row in range(64, 96, 5):
        for column in range(20, 36, 3):
            at = ((np.array([row, column]) - centre) * 0.5 * scale + 340).astype(int)
            if (plain[tuple(at)] == plain[tuple(at)][0]).all():  # grey: no outline, letter or bar there
                share = (values[4, row, column] - low) / (high - low)
                colour = OPACITY * viridis(np.array(share)) + (1 - OPACITY) * plain[tuple(at)]
                np.testing.assert_allclose(mapped[tuple(at)], colour, atol=1.5)
                checked += 1
    assert checked > 15
    outside = ~_dilated(plain, mapped)
    assert (plain[outside] == mapped[outside]).all()


def _mean_map(files: BlobStore, case) -> np.ndarray:
    """Means of 3 x 3 x 3 neighbours inside the region, of the normalised image: by hand."""
    shown = viewer_data.load_shown(files, case, PROSTATE)
    voxels, inside = shown.images["T2"].astype(float), shown.masks["gland"] > 0
    voxels = (voxels - voxels.mean()) / voxels.std() * 100
    sums, counts = np.zeros(voxels.shape), np.zeros(voxels.shape)
    for z in (-1, 0, 1):
        for y in (-1, 0, 1):
            for x in (-1, 0, 1):
                moved = np.roll(inside, (z, y, x), (0, 1, 2))
                sums += np.where(moved, np.roll(voxels, (z, y, x), (0, 1, 2)), 0)
                counts += moved
    return sums / np.maximum(counts, 1)


def _dilated(plain: np.ndarray, mapped: np.ndarray) -> np.ndarray:
    """Where the picture may change: the region's rectangle in pixels."""
    scale = 680 / (MARGIN * 20)
    inside = np.zeros(plain.shape[:2], bool)
    top, bottom, left, right = (int(340 + mm * scale) for mm in (-10, 10, -6, 6))
    inside[top - 1 : bottom + 2, left - 1 : right + 2] = True
    return inside


def test_the_window_is_the_organs_or_the_images_own(tmp_path: Path) -> None:
    """The gland runs from 100 to 200 in an image up to 1000: in its window it is grey, not black."""
    voxels = np.full((8, 24, 20), 150, np.float32)
    voxels[:, :4] = 1000
    gland = np.zeros(voxels.shape, np.uint8)
    gland[2:6, 6:18, 5:15] = 1
    voxels[gland > 0] = np.linspace(100, 200, gland.sum())
    files = BlobStore(tmp_path)
    with_organ = stored(files, ({"T2": image(voxels)}, {"gland": image(gland), "lesion": image(gland)}))
    bright = drawn(files, with_organ, "T2", "lesion")[160, 150:170].mean()
    alone = stored(files, ({"T2": image(voxels)}, {"lesion": image(gland)}))
    dark = drawn(files, alone, "T2", "lesion")[160, 150:170].mean()
    assert bright > 80
    assert dark < 30


def test_the_same_request_is_drawn_once(study, monkeypatch: pytest.MonkeyPatch) -> None:
    files, case = study
    first = region_picture.region_picture(files, case, PROSTATE, View("T2", "gland"))
    monkeypatch.setattr(region_picture, "_drawn", None)
    assert region_picture.region_picture(files, case, PROSTATE, View("T2", "gland")) == first


def test_a_square_keeps_millimetres_where_voxels_are_no_squares() -> None:
    """A region of 10 x 10 mm in voxels of 2 x 0.5 mm is a square, also half outside of the image."""
    mask = np.zeros((1, 12, 60), bool)
    mask[0, :5, 20:40] = True
    square = Square.around(mask, (2.0, 0.5), 30.0)
    found = square.mask(mask[0], 300)
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    assert len(columns) == pytest.approx(100, abs=2)
    assert len(rows) == pytest.approx(100, abs=2)
    assert rows[0] == pytest.approx(100, abs=1)
    assert not square.smooth(np.full((12, 60), 200, np.uint8), 300)[:90].any()  # black above the image
    lesion = np.zeros((1, 9, 9), bool)
    lesion[0, 4, 4] = True
    assert Square.around(lesion, (1.0, 1.0)).side_mm == 24.0
