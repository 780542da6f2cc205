"""From case to case: keys from anywhere on the page, the row of pictures, and what a screen reader finds."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api import server
from tests.browser.axe import findings
from tests.browser.site import Site, Watch, served, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def site(filled_folder: server.Filled) -> Iterator[Site]:
    with served(filled_folder.folder) as running:
        yield running


def test_keys_and_pictures_lead_from_case_to_case(page: Page, site: Site, filled_folder: server.Filled) -> None:
    items = page.request.get(f"{site.address}/api/v1/cohorts/{filled_folder.cohort_id}/cases?limit=4").json()["items"]
    ids = [one["id"] for one in items]
    watch = Watch(site.address)
    watch.on(page)
    page.goto(f"{site.address}/cases?case={ids[0]}")
    settled(page)
    row = page.get_by_role("navigation", name=f"Cases of {server.COHORT_NAME}")
    expect(row.locator("[aria-current]")).to_have_attribute("value", ids[0])
    page.locator("body").press("j")
    page.wait_for_url(f"**case={ids[1]}*", timeout=30_000)
    settled(page)
    expect(row.locator("[aria-current]")).to_have_attribute("value", ids[1])
    page.locator("body").press("]")
    page.wait_for_url(f"**case={ids[2]}*", timeout=30_000)
    settled(page)
    page.locator("body").press("k")
    page.wait_for_url(f"**case={ids[1]}*", timeout=30_000)
    settled(page)
    page.get_by_role("searchbox", name="Find a feature").press_sequentially("kj", delay=60)
    settled(page)
    assert f"case={ids[1]}" in page.url  # letters of a text lead nowhere
    row.locator(f'button[value="{ids[3]}"]').click()
    page.wait_for_url(f"**case={ids[3]}*", timeout=30_000)
    settled(page)
    picture = row.locator("[aria-current] img")
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    assert row.locator("button[tabindex='0']").count() == 1  # one stop of the tab key, however many cases
    assert findings(page) == []
    assert watch.console == watch.outside == []
