"""The page Used and new in a real browser: its axes open by keyboard, with pictures and links, in light and dark."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.axe import findings
from tests.browser.site import Site, Watch, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
FOLD = '[class*="st-key-axis-"] summary'


def with_axes(profile: BrowserContext, site: Site) -> str:
    """An analysis of images in which something is new or lost."""
    analyses: list[dict[str, Any]] = profile.request.get(f"{site.address}/api/v1/analyses").json()["items"]
    for one in analyses:
        trust = profile.request.get(f"{site.address}/api/v1/analyses/{one['id']}").json()["trust"]
        if one["cohort_name"] == "demo-prostates" and (trust["new_content"]["axes"] or trust["lost_content"]["axes"]):
            return str(one["id"])
    raise AssertionError("no analysis of the demo has an axis")


def opened(profile: BrowserContext, site: Site, colours: str) -> tuple[Page, Watch]:
    page, watch = profile.new_page(), Watch(site.address)
    watch.on(page)
    page.emulate_media(color_scheme=colours)  # type: ignore[arg-type] # one of two words
    page.goto(f"{site.address}/causes?analysis={with_axes(profile, site)}")
    settled(page)
    return page, watch


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_an_axis_opens_by_keyboard_and_shows_the_studies_at_its_ends(
    colours: str, profile: BrowserContext, site: Site
) -> None:
    page, watch = opened(profile, site, colours)
    page.locator(FOLD).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Low end").first).to_be_visible(timeout=30_000)
    settled(page)
    pictures = page.locator(".axis-pictures img")
    assert pictures.count() == 6
    pictures.first.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.axis-pictures img').naturalWidth > 0")
    faults = findings(page)
    page.keyboard.press("Tab")
    for _ in range(3):
        if "cases" in str(page.evaluate("document.activeElement.href ?? ''")):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases*case=*", timeout=30_000)
    page.close()
    assert faults == []
    assert watch.console == []
    assert watch.outside == []


def test_every_chart_of_the_page_is_saved_with_its_numbers(profile: BrowserContext, site: Site) -> None:
    page, _ = opened(profile, site, "light")
    for key, name, columns in (
        ("causes-content", "new-and-lost", "content,radiomics,both,together,label,no_name,"),
        ("causes-clinical", "clinical-columns", "name,r2_pre,r2_ft,change,low,high,reading,"),
    ):
        with page.expect_download() as download:
            page.locator(f".st-key-saving-{key}-csv button").first.click()
        assert download.value.suggested_filename == f"{name}.csv"
        assert download.value.path().read_text().startswith(columns)
        with page.expect_download() as download:
            page.locator(f'.st-key-saving-{key} [data-format="svg"]').click()
        assert download.value.path().read_bytes().startswith(b"<svg")
    page.close()
