"""Signing in as a visitor sees it: a plain page first, then the page that was asked for."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import findings
from tests.browser.site import served
from tests.cli.running import run_json

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


def test_an_invited_user_chooses_a_password_and_signs_in_with_it(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path / "data") as site:
        made = run_json("users", "add", "ann", "--base-url", site.address, data_dir=site.folder)
        assert isinstance(made, dict)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(made["url"])
        assert page.url == f"{site.address}/join", "the invitation stays in no history"
        assert page.input_value("[name=name]") == "ann"
        assert findings(page) == []
        page.fill("[name=password]", "four grey herons wade")
        page.fill("[name=again]", "four grey herons")
        page.click("button")
        assert "differ" in page.locator("[role=alert]").inner_text()
        page.fill("[name=again]", "four grey herons wade")
        page.click("button")
        page.wait_for_url("**/overview*", timeout=60_000)
        page.context.clear_cookies()
        page.goto(f"{site.address}/jobs?state=done")
        page.wait_for_selector("form:not([hidden])")
        assert findings(page) == []
        page.fill("[name=name]", "ann")
        page.fill("[name=password]", "five grey herons wade")
        page.click("button")
        page.get_by_text("The name or the password is wrong.").wait_for()
        page.fill("[name=password]", "four grey herons wade")
        page.click("button")
        page.wait_for_selector("form", state="detached", timeout=60_000)
        assert page.url == f"{site.address}/jobs?state=done"
        page.close()
