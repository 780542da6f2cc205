"""Every page in a real browser on the demo database: no console message, no outside request, a picture of each."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.pages import PAGES
from tests.browser.site import Site, Watch, command, settled, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


@pytest.fixture(scope="module", params=LOOKS)
def look(
    request: pytest.FixtureRequest, profile: BrowserContext, site: Site, browser: Browser
) -> Iterator[tuple[str, BrowserContext]]:
    """A signed-in profile in one look; the session of the first is carried over, as a one-time link works once."""
    context = browser.new_context(**LOOKS[request.param], storage_state=profile.storage_state())
    yield request.param, context
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_and_stays_at_home(
    name: str, look: tuple[str, BrowserContext], site: Site, screenshots: Path
) -> None:
    kind, context = look
    watch = Watch(site.address)
    page = context.new_page()
    watch.on(page)
    page.goto(f"{site.address}/{name}")
    settled(page)
    page.screenshot(path=screenshots / f"{name}-{kind}.png", full_page=True)
    broken = page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').all_inner_texts()
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    page.close()
    assert broken == []
    assert watch.outside == []
    assert watch.console == []
    assert wide <= 0, f"{name} scrolls sideways by {wide} px in {kind}"


def test_address_keeps_the_state_of_a_page(profile: BrowserContext, site: Site) -> None:
    page = profile.new_page()
    page.goto(f"{site.address}/shifts?modality=ADC")
    settled(page)
    assert "modality=ADC" in page.url
    text = page.locator('[data-testid="stAppViewContainer"]').inner_text()
    page.close()
    assert "ADC" in text


def test_a_stranger_sees_nothing_but_how_to_sign_in(browser: Browser, site: Site, screenshots: Path) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.goto(f"{site.address}/overview")
    page.wait_for_selector("text=radiomiclens login", timeout=30_000)
    page.screenshot(path=screenshots / "stranger.png")
    assert "demo-prostates" not in page.content()
    assert context.request.get(f"{site.address}/api/v1/analyses").status == 401
    context.close()


def test_login_link_works_once(browser: Browser, site: Site, profile: BrowserContext) -> None:
    assert profile.cookies(), "the link was used by the signed-in profile"
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.login)
    page.get_by_role("button").first.click()
    page.wait_for_timeout(1500)
    assert "/overview" not in page.url
    assert context.cookies() == []
    context.close()


def test_share_link_opens_the_snapshot_and_nothing_else_until_it_is_revoked(
    browser: Browser, site: Site, screenshots: Path
) -> None:
    share_id, link = _share(site)
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    watch = Watch(site.address)
    watch.on(page)
    _open(page, link)
    page.wait_for_url("**/shared*")
    settled(page)
    page.screenshot(path=screenshots / "shared.png", full_page=True)
    for path in ("analyses", "cohorts", "jobs", "shares", "me"):
        assert context.request.get(f"{site.address}/api/v1/{path}").status == 401, path
    page.goto(f"{site.address}/overview")
    page.wait_for_selector("text=radiomiclens login", timeout=30_000)
    assert watch.outside == []
    subprocess.run(command("share", "revoke", share_id, "--data-dir", str(site.folder)), check=True)
    gone = context.request.get(f"{site.address}/api/v1/shared")
    assert gone.status == 404
    context.close()

    fresh = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = fresh.new_page()
    _open(page, link)
    page.wait_for_timeout(1500)
    page.screenshot(path=screenshots / "share-revoked.png")
    revoked_words = page.locator("body").inner_text()
    _open(page, f"{site.address}/s#{'A' * 43}")
    page.wait_for_timeout(1500)
    page.screenshot(path=screenshots / "share-unknown.png")
    assert page.locator("body").inner_text() == revoked_words
    assert "/shared" not in page.url
    fresh.close()


def _open(page: Page, link: str) -> None:
    page.goto("about:blank")  # a new fragment alone would not load the page again
    page.goto(link)
    page.get_by_role("button").first.click()


def _share(site: Site) -> tuple[str, str]:
    data = ("--data-dir", str(site.folder))
    made = subprocess.run(
        command("share", "create", "--json", "--base-url", site.address, _analysis(site), *data),
        check=True,
        capture_output=True,
        text=True,
    )
    share = json.loads(made.stdout)
    return share["id"], share["url"]


def _analysis(site: Site) -> str:
    """The newest analysis of the imaging cohort, as the job list names it."""
    listed = subprocess.run(
        command("jobs", "list", "--json", "--data-dir", str(site.folder)), check=True, capture_output=True, text=True
    )
    jobs = json.loads(listed.stdout)
    return next(job["result"]["analysis_id"] for job in jobs if job["kind"] == "analyze" and job["state"] == "done")


def test_signed_in_profile_can_be_made_anew(browser: Browser, site: Site) -> None:
    printed = subprocess.run(
        command("login", "--data-dir", str(site.folder)), check=True, capture_output=True, text=True
    ).stdout
    token = printed.split("#")[1].split()[0]
    context = signed_in(browser, Site(site.address, f"{site.address}/login#{token}", site.folder))
    assert context.request.get(f"{site.address}/api/v1/me").json()["role"] == "admin"
    context.close()
