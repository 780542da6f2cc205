"""The viewer in a real browser: left, anterior and up are where they belong, whatever way the scanner took."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import select

from backend.models import Case
from backend.storage.database import Database, upgrade
from shared import schemas as s
from shared.schemas import MODALITIES
from tests.api.server import settings_of, work
from tests.browser.site import Site, Watch, served
from tests.frontend.viewer import phantom
from tests.frontend.viewer.opened import drawn, opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
FILES = {
    "T2": "t2w.mha", "DWI": "hbv.mha", "ADC": "adc.mha", "gland": "gland.nii.gz", "lesion": "lesion.nii.gz",
}  # fmt: skip
MARGIN = 1.9
"""The viewer opens on a field of this many gland widths."""


@pytest.fixture(scope="module")
def phantoms(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A data folder into which every phantom was imported from files, and the ids of the cases."""
    sent, folder = tmp_path_factory.mktemp("sent"), tmp_path_factory.mktemp("phantoms")
    names = list(phantom.studies())
    for number, study in enumerate(phantom.studies().values()):
        for kind, image in (study.images() | study.masks()).items():
            sitk.WriteImage(image, str(sent / f"9{number:02}_1_{FILES[kind]}"), useCompression=True)
    settings = settings_of(folder, import_roots=[sent])
    upgrade(settings)
    (folder / "locks").mkdir()
    database = Database(settings)
    work(database, settings, s.ImportCasesParams(cohort="phantoms", path=str(sent)))
    with database.read() as session:
        found = {case.study_id: case for case in session.scalars(select(Case))}
        ids = {name: found[f"9{number:02}_1"].id for number, name in enumerate(names)}
        assert [case.reason for case in found.values() if case.status != "accepted"] == []
    database.close()
    return folder, ids


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file exists the server's clock of signed addresses is an hour ahead."""
    return tmp_path_factory.mktemp("clock") / "late"


@pytest.fixture(scope="module")
def site(phantoms: tuple[Path, dict[str, str]], clock: Path) -> Iterator[Site]:
    with served(phantoms[0], clock) as running:
        yield running


def centre_mm(found: np.ndarray) -> np.ndarray:
    """Middle of the found pixels from the middle of the picture, mm to the right and down."""
    assert found.any()
    rows, columns = np.nonzero(found)
    middle = np.array([columns.min() + columns.max(), rows.min() + rows.max()]) / 2
    side = found.shape[0]
    return (middle - (side - 1) / 2) * (2 * phantom.GLAND_RADIUS_MM * MARGIN) / side


def yellow(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 0] > 190) & (pixels[..., 1] > 180) & (pixels[..., 2] < 120)


@pytest.mark.parametrize("name", phantom.studies())
def test_the_marker_lies_left_anterior_and_towards_the_head(
    name: str, page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    viewer = opened(page, site, phantoms[1][name])
    axes = phantom.directions()["oblique"] if name == "oblique" else np.eye(3)
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


def test_coronal_and_sagittal_slices_show_the_marker_at_its_place_with_their_own_letters(
    page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    viewer = opened(page, site, phantoms[1]["flip (-1, 1, -1)"])
    left, posterior, head = phantom.MARKER_MM
    viewer.focus()
    for plane, right, through, letters in (
        ("Coronal", left, posterior, ["R", "L", "S", "I"]),
        ("Sagittal", posterior, left, ["A", "P", "S", "I"]),
    ):
        page.keyboard.press("v")
        viewer.locator(".where").filter(has_text=f"{plane} slice").wait_for()
        page.wait_for_timeout(200)
        for modality in MODALITIES:
            assert centre_mm(yellow(drawn(viewer, modality))) == pytest.approx([right, -head], abs=1.0)
        pane = viewer.locator('[data-modality="ADC"]')
        shown = [pane.locator(f".{side}").inner_text() for side in ("left", "right", "top", "bottom")]
        assert shown == letters
        words = viewer.locator(".where").inner_text().replace("\N{MINUS SIGN}", "-")
        assert float(words.split(" at ")[1].removesuffix(" mm")) == pytest.approx(through, abs=1.0)


def test_the_cursor_tells_its_position_and_the_value_under_it(
    page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    viewer = opened(page, site, phantoms[1]["own ADC grid"])
    box = viewer.locator('[data-modality="DWI"] canvas').bounding_box()
    assert box is not None
    a_mm = box["width"] / (2 * phantom.GLAND_RADIUS_MM * MARGIN)
    left, posterior, _ = phantom.MARKER_MM
    page.mouse.move(box["x"] + box["width"] / 2 + left * a_mm, box["y"] + box["height"] / 2 + posterior * a_mm)
    viewer.locator(".cursor").filter(has_text="Cursor").wait_for()
    found = re.fullmatch(r"Cursor L ([\d.]+), A ([\d.]+), S ([\d.]+) mm", viewer.locator(".cursor").inner_text())
    assert found is not None
    across, along, up = (float(part) for part in found.groups())
    assert (across, along) == pytest.approx((left, -posterior), abs=1.0)
    assert up == pytest.approx(phantom.MARKER_MM[2], abs=phantom.MARKER_HALF_MM + 1)
    for modality in MODALITIES:
        value = viewer.locator(f'[data-modality="{modality}"] .value').inner_text()
        assert float(value.split()[0]) == pytest.approx(400.0, abs=60.0), modality


def test_the_strip_leads_to_the_slices_with_the_lesion(
    page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    viewer = opened(page, site, phantoms[1]["flip (1, 1, 1)"])
    page.wait_for_timeout(400)
    url = viewer.locator(".thumbnails").evaluate("canvas => canvas.toDataURL()")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")).astype(int)
    columns = np.flatnonzero(yellow(pixels[-5:]).any(axis=0))
    viewer.focus()
    page.keyboard.press("Home")
    viewer.locator(".thumbnails").click(position={"x": float(np.median(columns)), "y": 20})
    page.wait_for_timeout(200)
    slice_mm = float(viewer.locator(".where").inner_text().split(" at ")[1].removesuffix(" mm"))
    assert slice_mm == pytest.approx(phantom.MARKER_MM[2], abs=phantom.MARKER_HALF_MM + 2)


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


def test_addresses_that_expired_are_renewed_without_the_reader(
    page: Page, site: Site, phantoms: tuple[Path, dict[str, str]], clock: Path
) -> None:
    answers: list[tuple[str, int]] = []
    page.on(
        "response", lambda answer: answers.append((answer.url, answer.status)) if "/images/" in answer.url else None
    )

    def an_hour_later(route: Route) -> None:
        clock.touch()
        route.continue_()

    page.route("**/api/v1/images/**", an_hour_later)
    viewer = opened(page, site, phantoms[1]["flip (-1, -1, 1)"])
    clock.unlink()
    old = {url.split("/")[6] for url, status in answers if status == 410}
    new = {url.split("/")[6] for url, status in answers if status == 200}
    assert old
    assert new
    assert not old & new
    until = monotonic() + 10
    while not yellow(drawn(viewer, "T2")).any():
        assert monotonic() < until, "the lesion's outline never came"
        page.wait_for_timeout(100)
    assert "not loaded" not in viewer.locator(".outlines").inner_text()


def test_the_same_slice_has_the_same_outline_at_any_zoom(
    page: Page, site: Site, phantoms: tuple[Path, dict[str, str]]
) -> None:
    viewer = opened(page, site, phantoms[1]["flip (1, 1, 1)"])
    wide = drawn(viewer, "T2")
    viewer.get_by_label("Zoom in").click()
    page.wait_for_timeout(200)
    near = drawn(viewer, "T2")
    ends = [np.ptp(np.nonzero(yellow(pixels))[1]) for pixels in (wide, near)]
    assert ends[1] == pytest.approx(1.25 * ends[0], abs=3)
    # a line, not an area: it grows with the length
    assert covered(near) == pytest.approx(1.25 * covered(wide), rel=0.15)


def covered(pixels: np.ndarray) -> float:
    """The area of the lesion's line in pixels, those that it covers in part too."""
    share = (pixels[..., :2].min(axis=-1) - pixels[..., 2]) / (0xE4 - 0x42)
    return float(np.clip(share, 0, 1).sum())
