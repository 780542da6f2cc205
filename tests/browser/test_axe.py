"""The entrance pages and the viewer's help pass axe-core (WCAG 2.2, A and AA); test_pages.py looks at the pages."""

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.axe import findings
from tests.browser.site import Site, settled
from tests.browser.test_case_page import first_case

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("address", ["login", "s"])
def test_entrance_has_no_accessibility_fault(address: str, browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.address}/{address}")
    page.wait_for_function("() => document.querySelector('[role=alert]').textContent !== ''")  # no code: it says so
    found = findings(page)
    page.close()
    assert found == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_viewer_s_help_has_no_accessibility_fault(colours: str, profile: BrowserContext, site: Site) -> None:
    page = profile.new_page()
    page.emulate_media(color_scheme=colours)
    page.goto(f"{site.address}/cases?case={first_case(page, site)}")
    settled(page)
    page.locator(".viewer").focus()
    page.keyboard.press("?")
    page.locator(".viewer .help").wait_for()
    found = findings(page)
    page.close()
    assert found == []


def test_a_fault_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src='data:,'><ul><div>x</div></ul></main>")
    found = findings(page)
    page.close()
    assert [line.split(":")[0] for line in found] == ["image-alt", "list"]
