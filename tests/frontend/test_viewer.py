"""The viewer in a real browser: left, anterior and up are where they belong, whatever way the scanner took."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page

from backend import volumes
from backend.database import Database, upgrade
from backend.files import Files
from backend.models import Case, Cohort
from shared.schemas import MODALITIES
from tests.api.server import settings_of
from tests.browser.site import CHROMIUM, Site, Watch, chromium, served, signed_in
from tests.frontend import phantom

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MARGIN = 1.9
"""The viewer opens on a field of this many gland widths."""


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A data folder with one case for each direction, and their ids."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed: browser tests are left out")
    folder = tmp_path_factory.mktemp("phantoms")
    settings = settings_of(folder)
    upgrade(settings)
    database, ids = Database(settings), {}
    with database.write() as session:
        cohort = Cohort(name="phantoms", kind="images")
        session.add(cohort)
        session.flush()
        for name, direction in phantom.directions().items():
            case = Case(cohort_id=cohort.id, study_id=name, patient_id=name, gland_ml=14.0, lesion_ml=0.2)
            case.volumes = volumes.put_volumes(Files(folder / "files"), *phantom.acquired(direction), {})
            session.add(case)
            session.flush()
            ids[name] = case.id
    database.close()
    return folder, ids


@pytest.fixture(scope="module")
def site(phantoms: tuple[Path, dict[str, str]]) -> Iterator[Site]:
    with served(phantoms[0]) as running:
        yield running


@pytest.fixture(scope="module")
def profile(site: Site) -> Iterator[BrowserContext]:
    with chromium() as browser:
        yield signed_in(browser, site, viewport={"width": 1440, "height": 1000})


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    page = profile.new_page()
    yield page
    page.close()


def opened(page: Page, site: Site, case_id: str) -> Locator:
    """The viewer of a case, all three images drawn."""
    page.goto(f"{site.address}/cases?case={case_id}")
    viewer = page.locator(".viewer")
    viewer.wait_for(timeout=60_000)
    for modality in MODALITIES:
        viewer.locator(f'[data-modality="{modality}"] .window').filter(has_text="W").wait_for(timeout=60_000)
    page.wait_for_timeout(200)
    return viewer


def drawn(viewer: Locator, modality: str) -> np.ndarray:
    """What the canvas of a modality holds, (rows, columns, 3)."""
    url = viewer.locator(f'[data-modality="{modality}"] canvas').evaluate("canvas => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")).astype(int)


def centre_mm(found: np.ndarray) -> np.ndarray:
    """Middle of the found pixels from the middle of the picture, mm to the right and down."""
    assert found.any()
    rows, columns = np.nonzero(found)
    middle = np.array([columns.min() + columns.max(), rows.min() + rows.max()]) / 2
    side = found.shape[0]
    return (middle - (side - 1) / 2) * (2 * phantom.GLAND_RADIUS_MM * MARGIN) / side


def yellow(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 0] > 190) & (pixels[..., 1] > 180) & (pixels[..., 2] < 120)


@pytest.mark.parametrize("name", phantom.directions())
def test_the_marker_lies_left_anterior_and_towards_the_head(
    name: str, page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    viewer = opened(page, site, phantoms[1][name])
    axes = np.eye(3) if name.startswith("flip") else phantom.directions()[name]
    right, down, up = axes.T @ phantom.MARKER_MM  # the picture's axes run to the patient's left and to posterior
    for modality in MODALITIES:
        assert centre_mm(yellow(drawn(viewer, modality))) == pytest.approx([right, down], abs=1.0)
    words = viewer.locator(".where").inner_text()
    shown_mm = float(words.split(" at ")[1].removesuffix(" mm").replace("\N{MINUS SIGN}", "-"))
    assert shown_mm == pytest.approx(up, abs=phantom.MARKER_HALF_MM + 1)
    viewer.focus()
    page.keyboard.press("o")
    page.wait_for_timeout(200)
    for modality in MODALITIES:
        pixels = drawn(viewer, modality)
        assert not yellow(pixels).any()
        bright = pixels.min(axis=-1)
        rows = slice(60, -60)  # the scale bar is white, too
        inside = np.zeros_like(bright, dtype=bool)
        inside[rows] = bright[rows] > 100
        assert centre_mm(inside) == pytest.approx([right, down], abs=1.5)


def test_letters_stand_at_the_sides_they_name(page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]) -> None:
    viewer = opened(page, site, phantoms[1]["oblique"])
    for modality in MODALITIES:
        pane = viewer.locator(f'[data-modality="{modality}"]')
        whole = pane.bounding_box()
        places = {}
        for letter in "RLAP":
            box = pane.locator(".letter").filter(has_text=letter).bounding_box()
            assert box is not None
            assert whole is not None
            across = (box["x"] + box["width"] / 2 - whole["x"]) / whole["width"]
            along = (box["y"] + box["height"] / 2 - whole["y"]) / whole["height"]
            places[letter] = (across, along)
        assert places["R"][0] < 0.1 < 0.9 < places["L"][0]
        assert places["A"][1] < 0.15 < 0.85 < places["P"][1]


def test_keys_move_through_slices_and_cases_and_the_address_follows(
    page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    watch = Watch(site.address)
    watch.on(page)
    viewer = opened(page, site, phantoms[1]["flip (1, 1, -1)"])
    viewer.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    viewer.locator(".where").filter(has_text="Slice 2 of").wait_for()
    page.wait_for_url("**k=1*")
    assert "Slice 2 of" in viewer.locator("[aria-live]").inner_text()
    viewer.focus()
    page.keyboard.press("]")
    page.wait_for_url(lambda url: phantoms[1]["flip (1, 1, -1)"] not in url and "k=" not in url)
    assert watch.outside == []
    assert watch.console == []


def test_the_same_slice_has_the_same_outline_at_any_zoom(
    page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    viewer = opened(page, site, phantoms[1]["flip (1, 1, 1)"])
    wide = yellow(drawn(viewer, "T2"))
    viewer.get_by_label("Zoom in").click()
    page.wait_for_timeout(200)
    near = yellow(drawn(viewer, "T2"))
    assert np.ptp(np.nonzero(near)[1]) == pytest.approx(1.25 * np.ptp(np.nonzero(wide)[1]), abs=3)
    assert near.sum() == pytest.approx(1.25 * wide.sum(), rel=0.15)  # a line, not an area: it grows with the length
