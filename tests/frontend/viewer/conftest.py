"""A browser signed in to the module's own `site`, and a page of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site, signed_in


@pytest.fixture(scope="module")
def profile(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = signed_in(browser, site, viewport={"width": 1440, "height": 1000})
    yield context
    context.close()


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    page = profile.new_page()
    yield page
    page.close()
