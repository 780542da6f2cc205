"""Every page, light and dark, passes axe-core (WCAG 2.2 A and AA); the entrance pages and the viewer's help, too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.axe import findings
from tests.browser.pages import PAGES
from tests.browser.site import Site, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module", params=("light", "dark"))
def scheme(request: pytest.FixtureRequest, browser: Browser, profile: BrowserContext) -> Iterator[BrowserContext]:
    """A signed-in profile in one colour scheme."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, color_scheme=request.param, storage_state=profile.storage_state()
    )
    yield context
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_accessibility_fault(name: str, scheme: BrowserContext, site: Site) -> None:
    page = scheme.new_page()
    page.goto(f"{site.address}/{name}")
    settled(page)
    found = findings(page)
    if name == "cases":
        page.locator(".viewer").focus()
        page.keyboard.press("?")
        found += findings(page)
    page.close()
    assert found == []


@pytest.mark.parametrize("address", ["overview", "login", "s"])
def test_entrance_has_no_accessibility_fault(address: str, browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.address}/{address}")
    page.wait_for_timeout(2500)
    found = findings(page)
    page.close()
    assert found == []


def test_a_fault_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src='data:,'><ul><div>x</div></ul></main>")
    found = findings(page)
    page.close()
    assert [line.split(":")[0] for line in found] == ["image-alt", "list"]
