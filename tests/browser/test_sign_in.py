"""Signing in as a visitor sees it: a plain page first, then the page that was asked for."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import findings
from tests.browser.site import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_signing_in_leads_to_the_page_that_was_asked_for(browser: Browser, tmp_path: Path, screenshots: Path) -> None:
    with served(tmp_path / "data") as site:
        page = browser.new_page(viewport={"width": 1024, "height": 700})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site.address}/jobs?state=done")
        assert page.get_by_role("heading").inner_text() == "Sign in to RadiomicLens"
        assert findings(page) == []
        assert not [url for url in asked if "/static/" in url or "_stcore" in url]
        page.screenshot(path=screenshots / "signin.png")
        page.goto(site.login)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/jobs?state=done*", timeout=60_000)
        page.get_by_text("Jobs").first.wait_for(timeout=60_000)
        page.close()
