"""The map of the cohort: over a point stands its study's picture, and both panels ring the same study."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api import server
from tests.browser.site import Site, Watch, served, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MARKS = ".js-plotly-plot .scatterlayer .trace .points path"


@pytest.fixture(scope="module")
def site(filled_folder: server.Filled) -> Iterator[Site]:
    with served(filled_folder.folder) as running:
        yield running


def test_a_point_shows_its_study_and_is_ringed_before_and_after(
    page: Page, site: Site, filled_folder: server.Filled
) -> None:
    watch = Watch(site.address)
    watch.on(page)
    page.set_viewport_size({"width": 1440, "height": 1400})
    page.goto(f"{site.address}/map?analysis={filled_folder.analysis_id}")
    settled(page)
    point = page.locator(MARKS).first
    point.wait_for(timeout=60_000)
    page.wait_for_timeout(1000)  # the cards look for the chart four times a second
    box = point.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(middle[0] - 40, middle[1] - 40)
    page.mouse.move(*middle, steps=4)
    card = page.locator(".card")
    expect(card).to_be_visible(timeout=10_000)
    expect(card).to_contain_text("nearest kept, moved")
    picture = card.locator("img")
    expect(picture).to_be_visible()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    ringed = page.locator(".hover-ring")
    expect(ringed).to_have_count(2)
    boxes = [ringed.nth(n).bounding_box() for n in range(2)]
    rings = [(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2) for one in boxes if one is not None]
    nearest = min(abs(x - middle[0]) + abs(y - middle[1]) for x, y in rings)
    assert nearest < 6
    assert max(x for x, _ in rings) - min(x for x, _ in rings) > 200  # one in each panel
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    expect(page.locator(".hover-ring")).to_have_count(0)
    assert watch.console == watch.outside == []
