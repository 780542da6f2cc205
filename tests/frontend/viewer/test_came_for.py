"""A reader who comes from a feature sees its map at once; what is seen can be saved as a picture."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from shared import schemas as s
from tests.api import server
from tests.browser.site import Site, Watch, served, settled
from tests.frontend.viewer.opened import drawn, opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def site(filled_folder: server.Filled) -> Iterator[Site]:
    with served(filled_folder.folder) as running:
        yield running


def first_case(page: Page, site: Site, filled: server.Filled) -> str:
    items = page.request.get(f"{site.address}/api/v1/cohorts/{filled.cohort_id}/cases?limit=1").json()["items"]
    return str(items[0]["id"])


def a_feature(page: Page, site: Site, filled: server.Filled, text: str) -> str:
    found = page.request.get(f"{site.address}/api/v1/analyses/{filled.analysis_id}/ranking?text={text}&limit=1")
    return s.Page[s.RankingRow].model_validate_json(found.body()).items[0].feature


def coloured(viewer: Locator, modality: str) -> int:
    return int((np.ptp(drawn(viewer, modality), axis=-1) > 12).sum())


@pytest.mark.parametrize("text", ["ADC_original", "DWI_wavelet"])
def test_the_map_of_the_feature_lies_over_its_own_image(
    page: Page, site: Site, filled_folder: server.Filled, text: str
) -> None:
    feature = a_feature(page, site, filled_folder, text)
    modality, _, name = feature.partition("_")
    watch = Watch(site.address)
    watch.on(page)
    case_id = first_case(page, site, filled_folder)
    page.goto(f"{site.address}/cases?case={case_id}&analysis={filled_folder.analysis_id}&feature={feature}")
    viewer = page.locator(".viewer")
    expect(viewer.locator(".map-legends .scale:visible")).to_have_count(1, timeout=60_000)
    settled(page)
    expect(viewer.locator(".map-legends .scale:visible .unit")).not_to_be_empty()
    expect(viewer.locator(".map-opacity")).to_be_visible()
    expect(viewer.locator(f'.pane.active[data-modality="{modality}"]')).to_have_count(1)
    for roi in ("gland", "lesion"):
        viewer.locator(f'.outlines [data-roi="{roi}"]').click()
    page.wait_for_timeout(200)
    seen = {one: coloured(viewer, one) for one in s.MODALITIES}
    assert seen.pop(modality) > 500
    assert seen == dict.fromkeys(seen, 0)
    assert f"feature={name}" in str(viewer.locator(".picture").get_attribute("href"))
    viewer.locator(".map-feature").select_option("")
    page.wait_for_timeout(200)
    assert coloured(viewer, modality) == 0
    assert watch.console == watch.outside == []


def test_a_map_of_a_filtered_image_can_be_chosen(page: Page, site: Site, filled_folder: server.Filled) -> None:
    viewer = opened(page, site, first_case(page, site, filled_folder))
    expect(viewer.locator(".map-image")).to_be_hidden()
    viewer.locator(".map-feature").select_option("original_firstorder_Mean")
    expect(viewer.locator(".map-words")).to_contain_text("mean intensity", timeout=60_000)
    expect(viewer.locator(".map-cancel")).to_be_hidden(timeout=60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    viewer.locator(".map-image").select_option("wavelet-HHL")
    expect(viewer.locator(".map-cancel")).to_be_hidden(timeout=60_000)
    expect(viewer.locator(".map-words")).to_contain_text("mean intensity (First order) of wavelet HHL")
    assert [url.rpartition("/")[2] for url in asked if "/maps/" in url] == ["wavelet-HHL_firstorder_Mean"] * 3


def test_what_is_seen_is_saved_with_its_study(page: Page, site: Site, filled_folder: server.Filled) -> None:
    viewer = opened(page, site, first_case(page, site, filled_folder))
    viewer.press("ArrowUp")
    viewer.locator('.outlines [data-roi="lesion"]').click()
    page.wait_for_timeout(200)
    with page.expect_download() as download:
        viewer.get_by_role("link", name="Save picture").click()
    saved = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert saved.width == 1000
    assert saved.height > 1000
    assert download.value.suggested_filename.endswith(".png")
    ours = np.asarray(saved.convert("L").crop((0, 0, 1000, 1000)).resize((100, 100), Image.Resampling.BOX)).astype(
        float
    )
    theirs = Image.fromarray(drawn(viewer, "T2").astype(np.uint8)).convert("L").resize((100, 100), Image.Resampling.BOX)
    assert np.corrcoef(ours.ravel(), np.asarray(theirs).astype(float).ravel())[0, 1] > 0.97
    yellow = (np.asarray(saved.convert("RGB")) == np.array([0xF0, 0xE4, 0x42])).all(axis=-1)
    assert not yellow.any()  # the lesion's outline was off
    viewer.press("v")
    expect(viewer.locator(".picture")).to_have_attribute("aria-disabled", "true")
