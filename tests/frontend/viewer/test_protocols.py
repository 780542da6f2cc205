"""The viewer of cases of one to seven kinds of images in a real browser: panes, outlines, windows, values, keys."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import SimpleITK as sitk
from playwright.sync_api import Browser, Locator, Page, expect

from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from shared.schemas.protocol import Protocol
from tests.api.server import settings_of
from tests.browser.axe import findings
from tests.browser.site import Site, Watch, served, settled
from tests.drawn_cohorts import CODES, SHAPE, add_cohort, drawn, protocols
from tests.frontend.viewer.opened import drawn as canvas_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
THIN = "\N{THIN SPACE}"
CODES_ALONE = 0
"""Stands for the protocol whose only mask holds codes."""


@dataclass(frozen=True)
class Cases:
    """The ids of the drawn cases by the number of modalities; each cohort's second case lacks its last image."""

    site: Site
    ids: dict[int, list[str]]

    def open(self, page: Page, number: int, at: int = 0) -> Locator:
        """The viewer of a case with all pictures drawn that there are."""
        page.goto(f"{self.site.address}/cases?case={self.ids[number][at]}")
        viewer = page.locator(".viewer")
        expect(viewer.locator(".pane.active .window")).to_contain_text("W", timeout=60_000)
        settled(page)
        return viewer


@pytest.fixture(scope="module")
def drawn_folder(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, dict[int, list[str]]]:
    folder = tmp_path_factory.mktemp("organs")
    settings = settings_of(folder)
    upgrade(settings)
    (folder / "locks").mkdir()
    database, files, cohorts = Database(settings), BlobStore(folder / "files"), {}
    for number, protocol in {**protocols(), CODES_ALONE: Protocol.model_validate(CODES)}.items():
        optional = [one.name for one in protocol.modalities if not one.required]
        images, masks = drawn(protocol, 1)
        images = {name: each for name, each in images.items() if name not in optional[-1:]}
        studies = {"a": drawn(protocol), "b": (images, masks), "c": (drawn(protocol)[0], {})}
        cohorts[number] = add_cohort(database, files, protocol, studies)
    database.close()
    return Site("", "", folder), cohorts


@pytest.fixture(scope="module")
def site(drawn_folder: tuple[Site, dict[int, list[str]]]) -> Iterator[Site]:
    with served(drawn_folder[0].folder) as running:
        yield running


@pytest.fixture
def cases(page: Page, site: Site, drawn_folder: tuple[Site, dict[int, list[str]]]) -> Cases:
    def ids(cohort: str) -> list[str]:
        items = page.request.get(f"{site.address}/api/v1/cohorts/{cohort}/cases").json()["items"]
        return [case["id"] for case in items]

    return Cases(site, {number: ids(cohort) for number, cohort in drawn_folder[1].items()})


def shown(viewer: Locator) -> list[str]:
    """Names of the panes on the screen."""
    return viewer.locator(".pane:visible").evaluate_all("panes => panes.map(pane => pane.dataset.modality)")


def rows(viewer: Locator) -> list[int]:
    """How many panes stand in each row."""
    tops = viewer.locator(".pane:visible").evaluate_all("panes => panes.map(pane => Math.round(pane.offsetTop))")
    return [tops.count(top) for top in sorted(set(tops))]


def has_colour(pixels: np.ndarray, colour: str) -> bool:
    return bool((np.abs(pixels - list(bytes.fromhex(colour[1:]))).max(axis=-1) < 12).any())


@pytest.mark.parametrize(
    ("number", "standing"), [(1, [1]), (2, [2]), (4, [4]), (6, [3, 3]), (7, [3, 3])], ids=lambda given: str(given)
)
def test_pictures_stand_in_the_order_and_rows_of_their_number(
    cases: Cases, page: Page, number: int, standing: list[int]
) -> None:
    protocol = protocols()[number]
    watch = Watch(cases.site.address)
    watch.on(page)
    viewer = cases.open(page, number)
    assert shown(viewer) == list(protocol.display_order or protocol.modality_names)[:6]
    assert rows(viewer) == standing
    assert viewer.locator(".pane .window").filter(has_text="W").count() == min(6, number)
    box = viewer.locator(".panes").bounding_box()
    assert box is not None
    assert box["height"] < 800  # of a window of 1000
    names = [roi.replace("_", " ") for roi in protocol.region_names]
    assert viewer.locator(".outlines button > span:first-child").all_inner_texts() == names
    if number == 4:  # a taller window has room for larger pictures
        page.set_viewport_size({"width": 1440, "height": 1100})
        assert rows(viewer) == [2, 2]
    assert watch.console == []
    assert watch.outside == []


def test_outlines_have_the_colours_of_their_regions_and_codes(cases: Cases, page: Page) -> None:
    viewer = cases.open(page, 6)
    for colour in ("#56B4E9", "#F0E442", "#CC79A7"):
        assert all(has_colour(canvas_of(viewer, name), colour) for name in ("ART", "R2-star"))
    for name in ("liver", "tumor", "vessels"):
        viewer.locator(f'.outlines [data-roi="{name}"]').click()
    page.wait_for_timeout(200)
    assert not has_colour(canvas_of(viewer, "ART"), "#F0E442")
    segments = viewer.locator('.outlines [data-roi="segments"]')
    assert segments.get_attribute("aria-pressed") == "false"
    segments.click()
    expect(segments.locator("span").first).to_have_text("segments")
    page.wait_for_timeout(500)
    assert segments.locator(".code").all_inner_texts() == ["left lobe", "right lobe", "caudate"]
    for colour in ("#E69F00", "#009E73", "#D55E00"):
        assert has_colour(canvas_of(viewer, "ART"), colour), colour


def test_hounsfield_units_stand_under_the_cursor_and_windows_have_names(cases: Cases, page: Page) -> None:
    viewer = cases.open(page, 1)
    window = viewer.locator('[data-modality="CT"] .window')
    expect(window).to_have_text(f"W 1{THIN}400  L \N{MINUS SIGN}300")
    contrast = viewer.locator(".contrast")
    offered = contrast.locator("option").all_inner_texts()
    assert offered[:4] == ["Protocol's window", "Nodule", "Whole image", "Full range"]
    assert offered[4:] == ["CT soft tissue", "CT lung", "CT bone", "CT brain"]
    for label, words in (("CT lung", f"W 1{THIN}500  L \N{MINUS SIGN}600"), ("CT brain", "W 80.0  L 40.0")):
        contrast.select_option(label=label)
        expect(window).to_have_text(words)
    box = viewer.locator('[data-modality="CT"] canvas').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + box["height"] / 2 + 1)
    expect(viewer.locator('[data-modality="CT"] .value')).to_contain_text("HU")
    said = viewer.locator('[data-modality="CT"] .value').inner_text()
    value = int(said.removesuffix(" HU").replace(THIN, "").replace("\N{MINUS SIGN}", "-").split(".")[0])
    k = int(viewer.locator(".where").inner_text().split()[1]) - 1
    native = sitk.GetArrayFromImage(drawn(protocols()[1])[0]["CT"])[k]
    middle = native[SHAPE[1] // 2 - 1 : SHAPE[1] // 2 + 1, SHAPE[2] // 2 - 1 : SHAPE[2] // 2 + 1]
    assert value in middle


def test_an_image_that_a_case_lacks_is_an_empty_pane_with_a_sentence(cases: Cases, page: Page) -> None:
    viewer = cases.open(page, 4, at=1)
    assert shown(viewer) == ["T1ce", "FLAIR", "T1", "T2"]
    expect(viewer.locator('[data-modality="T2"] .message')).to_have_text("T2 is missing for this case.")
    viewer.locator(".map-feature").select_option("original_firstorder_Mean")
    expect(viewer.locator(".map-legends .scale:visible")).to_have_count(3, timeout=60_000)
    expect(viewer.locator('.map-legends [data-modality="T2"] .said')).to_have_text("This case has no T2.")
    expect(viewer.locator(".map-region")).to_be_hidden()  # there is one region to choose from
    expect(viewer.locator(".map-words")).to_contain_text("around each voxel in the tumor")


def test_keys_go_by_the_names_of_the_protocol(cases: Cases, page: Page) -> None:
    viewer = cases.open(page, 4)
    viewer.focus()
    page.keyboard.press("m")
    assert viewer.locator(".pane.active").get_attribute("data-modality") == "FLAIR"
    page.keyboard.press("Home")
    page.keyboard.press("l")
    k = int(viewer.locator(".where").inner_text().split()[1]) - 1
    page.wait_for_timeout(200)
    k = int(viewer.locator(".where").inner_text().split()[1]) - 1
    mask = sitk.GetArrayFromImage(drawn(protocols()[4])[1]["tumor"])
    assert k == np.flatnonzero(mask.any(axis=(1, 2)))[0]
    expect(viewer.locator("[aria-live]")).to_contain_text("Shows tumor.")
    page.keyboard.press("Home")
    expect(viewer.locator("[aria-live]")).to_contain_text("Outside of tumor.")
    page.keyboard.press("o")
    page.keyboard.press("?")
    expect(viewer.locator(".help")).to_contain_text("next slice with tumor")
    expect(viewer.locator(".help")).to_contain_text("tumor or whole image")


def test_of_more_than_six_the_others_come_by_name(cases: Cases, page: Page) -> None:
    viewer = cases.open(page, 7)
    assert shown(viewer) == ["HBP", "ART", "PV", "DEL", "ADC", "R2-star"]
    tabs = viewer.locator(".tabs")
    expect(tabs).to_be_visible()
    tabs.get_by_role("button", name="ART", exact=True).click()
    tabs.get_by_role("button", name="T2fs", exact=True).click()
    assert shown(viewer) == ["HBP", "PV", "DEL", "ADC", "R2-star", "T2fs"]
    expect(viewer.locator('[data-modality="T2fs"] .window')).to_contain_text("W", timeout=30_000)
    assert canvas_of(viewer, "T2fs").max() > 100


def test_the_panes_follow_the_cohort(cases: Cases, page: Page) -> None:
    cases.open(page, 6)
    viewer = cases.open(page, 2)
    assert shown(viewer) == ["T2-sagittal-long-name", "DCE"]
    expect(viewer).to_have_attribute("aria-label", "T2-sagittal-long-name and DCE of a")
    expect(viewer.locator('[data-modality="DCE"] .window')).to_have_text("W 300  L 150")


def test_codes_are_outlined_unasked_where_there_is_no_other_region(cases: Cases, page: Page) -> None:
    viewer = cases.open(page, CODES_ALONE)
    expect(viewer.locator('.outlines [data-roi="segments"]')).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)
    for colour in ("#56B4E9", "#F0E442", "#CC79A7"):
        assert has_colour(canvas_of(viewer, "CT"), colour), colour
    expect(viewer.locator(".map-words")).to_have_text("A map needs an outlined region; this protocol has none.")
    expect(viewer.locator('[data-do="fit"]')).to_have_text("Segments")


def test_a_case_without_outlines_is_shown_whole(cases: Cases, page: Page) -> None:
    viewer = cases.open(page, 6, at=2)
    assert viewer.locator(".outlines button").count() == 0
    needs = "A map needs an outlined liver, tumor or vessels; this case has none of them."
    expect(viewer.locator(".map-words")).to_have_text(needs)
    expect(viewer.locator('[data-do="fit"]')).to_be_hidden()


@pytest.mark.parametrize(("number", "standing"), [(2, [2]), (4, [2, 2]), (6, [3, 3])], ids=lambda given: str(given))
def test_pictures_stand_beside_each_other_on_a_small_screen(
    cases: Cases, page: Page, number: int, standing: list[int]
) -> None:
    page.set_viewport_size({"width": 1024, "height": 900})
    assert rows(cases.open(page, number)) == standing


@pytest.mark.parametrize("number", [1, 4, 6])
def test_a_phone_shows_one_picture_with_tabs(cases: Cases, page: Page, number: int) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    viewer = cases.open(page, number)
    assert len(shown(viewer)) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if number == 1:
        expect(viewer.locator(".tabs")).to_be_hidden()
        return
    first = shown(viewer)
    tab = viewer.locator(".tabs button").last
    tab.click()
    assert shown(viewer) == [tab.inner_text()] != first


def test_six_pictures_have_no_accessibility_fault(cases: Cases, page: Page) -> None:
    cases.open(page, 6)
    assert findings(page) == []
