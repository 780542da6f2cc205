"""Maps in the viewer, in a real browser: where colours lie, what the legend says, progress, cancelling, refusals."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select

from backend.models import Case
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.browser.axe import findings
from tests.browser.site import Site, Watch, served, settled
from tests.frontend.viewer.opened import drawn, opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
CONTRAST, MEAN = "original_glcm_Contrast", "original_firstorder_Mean"
MAPS = "**/api/v1/images/*/maps/**"


@pytest.fixture(scope="module")
def own(filled_folder: server.Filled, tmp_path_factory: pytest.TempPathFactory) -> server.Filled:
    """The filled folder again; the last case has no outlines."""
    own = server.copied(filled_folder, tmp_path_factory.mktemp("maps") / "own")
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        last = list(session.scalars(select(Case).order_by(Case.study_id)))[-1]
        last.volumes = [volume for volume in last.volumes if volume.kind in s.MODALITIES]
    database.close()
    return own


@pytest.fixture(scope="module")
def site(own: server.Filled) -> Iterator[Site]:
    with served(own.folder) as running:
        yield running


def case_id(page: Page, site: Site, cohort_id: str, at: int = 0) -> str:
    items = page.request.get(f"{site.address}/api/v1/cohorts/{cohort_id}/cases?limit=500").json()["items"]
    return str(items[at]["id"])


@pytest.fixture
def viewer(page: Page, site: Site, own: server.Filled) -> Locator:
    """The viewer of the first case, its three pictures drawn."""
    return opened(page, site, case_id(page, site, own.cohort_id))


def chosen(viewer: Locator, feature: str, opacity: int = 100) -> None:
    """A map chosen and drawn in all three panes, without outlines."""
    for roi in ("gland", "lesion"):
        button = viewer.locator(f'.outlines [data-roi="{roi}"]')
        if button.get_attribute("aria-pressed") == "true":
            button.click()
    viewer.locator(".map-feature").select_option(feature)
    viewer.locator(".map-opacity").fill(str(opacity))
    expect(viewer.locator(".map-cancel")).to_be_hidden(timeout=60_000)
    expect(viewer.locator(".map-legends .scale:visible")).to_have_count(3)
    viewer.page.wait_for_timeout(200)


def coloured(pixels: np.ndarray) -> np.ndarray:
    return np.ptp(pixels, axis=-1) > 12


def described(page: Page, site: Site, case: str, feature: str, modality: str = "T2") -> s.FeatureMap:
    answer = page.request.get(f"{site.address}/api/v1/cases/{case}/maps/{modality}/gland/{feature}")
    return s.FeatureMap.model_validate_json(answer.body())


def test_no_map_is_shown_until_one_is_chosen(viewer: Locator) -> None:
    expect(viewer.locator(".map-feature")).to_have_value("")
    for part in (".map-legends", ".map-words", ".map-progress", ".map-cancel", ".map-opacity"):
        expect(viewer.locator(part)).to_be_hidden()
    groups = viewer.locator(".map-feature optgroup").evaluate_all("all => all.map(one => one.label)")
    assert groups == ["First order", "GLCM", "GLRLM", "GLSZM", "GLDM", "NGTDM"]


def test_colours_lie_in_the_region_and_go_with_the_map(viewer: Locator, page: Page) -> None:
    watch = Watch(page.url)
    watch.on(page)
    chosen(viewer, MEAN)
    whole = coloured(drawn(viewer, "ADC"))
    assert whole.any()
    rows = np.nonzero(whole)[0]
    middle = (whole.shape[0] - 1) / 2
    assert abs(rows.min() + rows.max() - 2 * middle) < 0.1 * middle  # the gland lies in the middle of the field
    viewer.locator(".map-region").select_option("lesion")
    expect(viewer.locator(".map-cancel")).to_be_hidden(timeout=60_000)
    page.wait_for_timeout(200)
    part = coloured(drawn(viewer, "ADC"))
    assert 0 < part.sum() < whole.sum() / 2
    assert np.nonzero(part)[1].min() > middle  # the lesion lies in the patient's left, right in the picture
    viewer.locator(".map-feature").select_option("")
    page.wait_for_timeout(200)
    assert not coloured(drawn(viewer, "ADC")).any()
    assert watch.console == []


def test_the_legend_and_the_cursor_say_what_the_api_says(
    viewer: Locator, page: Page, site: Site, own: server.Filled
) -> None:
    chosen(viewer, MEAN)
    found = described(page, site, case_id(page, site, own.cohort_id), MEAN)
    expect(viewer.locator(".map-words")).to_contain_text("mean intensity (First order)")
    legend = viewer.locator('.map-legends [data-modality="T2"]')
    expect(legend.locator(".unit")).to_have_text("hundredths of the image's SD")
    for name, value in (("low", found.low), ("high", found.high)):
        words = legend.locator(f".{name}").inner_text().lstrip("≤≥ ").replace("\u2009", "").replace("\u2212", "-")
        assert float(words) == pytest.approx(value, rel=0.006)
    box = viewer.locator('[data-modality="T2"] canvas').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    said = viewer.locator('[data-modality="T2"] .value')
    expect(said).to_contain_text("map")
    value = float(said.inner_text().split("map ")[1].replace("\u2009", "").replace("\u2212", "-"))
    assert found.lowest * 0.99 <= value <= found.highest * 1.01


def test_opacity_lets_the_picture_through(viewer: Locator, page: Page) -> None:
    chosen(viewer, MEAN)
    full = drawn(viewer, "T2")
    viewer.locator(".map-opacity").fill("10")
    page.wait_for_timeout(200)
    faint = drawn(viewer, "T2")
    inside = coloured(full)
    assert np.ptp(faint[inside], axis=-1).mean() < 0.3 * np.ptp(full[inside], axis=-1).mean()
    np.testing.assert_array_equal(faint[~inside], full[~inside])


def test_a_map_in_the_making_shows_progress_and_can_be_cancelled(viewer: Locator, page: Page) -> None:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.route(MAPS, lambda _route: None)  # no answer
    viewer.locator(".map-feature").select_option(CONTRAST)
    expect(viewer.locator(".map-said")).to_have_text("Computing 1 of 3 …")
    expect(viewer.locator(".map-progress")).to_be_visible()
    viewer.locator(".map-cancel").click()
    expect(viewer.locator(".map-feature")).to_have_value("")
    expect(viewer.locator(".map-feature")).to_be_focused()
    for part in (".map-legends", ".map-progress", ".map-cancel"):
        expect(viewer.locator(part)).to_be_hidden()
    assert [url.rpartition("/maps/")[2] for url in failed] == [f"T2/gland/{CONTRAST}"]


def test_the_next_case_ends_what_was_asked_for_the_last(viewer: Locator, page: Page) -> None:
    failed: list[str] = []
    asked: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))

    def hold_first(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()

    page.route(MAPS, hold_first)
    viewer.locator(".map-feature").select_option(CONTRAST)
    expect(viewer.locator(".map-cancel")).to_be_visible()
    viewer.press("]")
    expect(viewer.locator(".map-legends .scale:visible")).to_have_count(3, timeout=60_000)  # the choice stays
    assert failed == asked[:1]
    assert len({url.partition("/maps/")[0] for url in asked}) == 2
    assert len(asked) == 4


def test_a_refusal_is_said_under_its_picture(viewer: Locator, page: Page) -> None:
    sentence = "PyRadiomics refuses the region (mask has too few dimensions)."

    def refuse(route: Route) -> None:
        body = json.dumps({"title": "Cannot be used", "status": 422, "detail": sentence, "code": "bad-image"})
        route.fulfill(status=422, body=body, content_type="application/problem+json")

    page.route("**/maps/DWI/**", refuse)
    viewer.locator(".map-feature").select_option(CONTRAST)
    expect(viewer.locator('.map-legends [data-modality="DWI"] .said')).to_have_text(sentence)
    expect(viewer.locator(".map-legends .scale:visible")).to_have_count(2, timeout=60_000)


def test_a_map_has_no_accessibility_fault(viewer: Locator, page: Page) -> None:
    chosen(viewer, CONTRAST)
    settled(page)
    assert findings(page) == []


def test_on_a_narrow_screen_the_legend_is_of_the_picture_shown(viewer: Locator, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    viewer.locator(".map-feature").select_option(CONTRAST)
    expect(viewer.locator(".map-cancel")).to_be_hidden(timeout=60_000)
    legends = viewer.locator(".map-legends > :visible")
    expect(legends).to_have_count(1)
    expect(legends).to_have_attribute("data-modality", "T2")
    viewer.get_by_role("button", name="ADC", exact=True).click()
    expect(legends).to_have_attribute("data-modality", "ADC")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_case_without_outlines_says_what_a_map_needs(page: Page, site: Site, own: server.Filled) -> None:
    viewer = opened(page, site, case_id(page, site, own.cohort_id, at=-1))
    expect(viewer.locator(".map-words")).to_have_text("A map needs an outlined gland or lesion; this case has neither.")
    expect(viewer.locator(".map-feature")).to_be_disabled()
    expect(viewer.locator(".map-region")).to_be_hidden()
