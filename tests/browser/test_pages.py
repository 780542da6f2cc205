"""Every page in a real browser on the demo database: a picture of each, nothing on the console, no outside request.

Axe-core finds no fault either (WCAG 2.2, A and AA).
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import findings
from tests.browser.pages import PAGES
from tests.browser.site import Site, Watch, command, settled, signed_in

DARK = "rgb(18, 22, 28)"
"""The ground of a dark page."""
pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def context(profile: BrowserContext, site: Site, browser: Browser) -> Iterator[BrowserContext]:
    """A signed-in profile of its own; the session is carried over, as a one-time link works once."""
    opened = browser.new_context(viewport=WIDE, color_scheme="light", storage_state=profile.storage_state())  # type: ignore[arg-type] # a mapping of two numbers
    yield opened
    opened.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_stays_at_home_and_can_be_used_by_everyone(
    name: str, context: BrowserContext, site: Site, screenshots: Path
) -> None:
    """In light, then in dark, which the server hears when a page is opened, then in the window of a phone."""
    watch = Watch(site.address)
    page = context.new_page()
    watch.on(page)
    page.goto(f"{site.address}/{name}")
    faults = {"light": seen(page, name, "light", screenshots)}
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", DARK)
    faults["dark"] = seen(page, name, "dark", screenshots)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type] # a mapping of two numbers
    seen(page, name, "narrow", screenshots)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    broken = page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').all_inner_texts()
    page.close()
    assert broken == []
    assert watch.outside == []
    assert watch.console == []
    assert wide <= 0, f"{name} scrolls sideways by {wide} px"
    assert faults == {"light": [], "dark": []}


def seen(page: Page, name: str, look: str, screenshots: Path) -> list[str]:
    """Takes the picture of a page at rest; gives the faults of accessibility, of a wide one."""
    settled(page)
    page.screenshot(path=screenshots / f"{name}-{look}.png", full_page=True)
    return [] if look == "narrow" else findings(page)


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_switches_of_the_context_do_not_stand_in_steps(
    width: int, profile: BrowserContext, site: Site, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, storage_state=profile.storage_state())
    page = context.new_page()
    page.goto(f"{site.address}/overview")
    settled(page)
    boxes = [found.bounding_box() for found in page.locator(".st-key-switches [role=radiogroup]").all()]
    context.close()
    found = [box for box in boxes if box is not None]
    assert len(found) >= 2
    if width > 640:
        assert max(box["y"] for box in found) - min(box["y"] for box in found) < 2
    else:
        starts = {box["y"]: min(one["x"] for one in found if one["y"] == box["y"]) for box in found}
        assert len(set(starts.values())) == 1, "each line begins at the left"


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
    assert findings(page) == []
    assert "demo-prostates" not in page.content()
    assert context.request.get(f"{site.address}/api/v1/analyses").status == 401
    context.close()


def test_login_link_works_once(browser: Browser, site: Site, profile: BrowserContext) -> None:
    assert profile.cookies(), "the link was used by the signed-in profile"
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.login)
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        page.get_by_role("button").first.click()
    assert refused.value.status >= 400
    assert "/overview" not in page.url
    assert context.cookies() == []
    context.close()


PASSPHRASE = "told by telephone"


def test_share_link_opens_the_snapshot_and_nothing_else_until_it_is_revoked(
    browser: Browser, profile: BrowserContext, site: Site, screenshots: Path
) -> None:
    analyses = profile.request.get(f"{site.address}/api/v1/analyses").json()["items"]
    images = next(one["id"] for one in analyses if one["cohort_name"] == "demo-prostates")
    share_id, link = _share(site, images)
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    watch = Watch(site.address)
    watch.on(page)
    _open(page, link)
    page.wait_for_url("**/shared*")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=screenshots / "shared.png", full_page=True)
    assert page.get_by_role("heading", level=1).inner_text()
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
    words = []
    for kind, refused in (("revoked", link), ("unknown", f"{site.address}/s#{'A' * 43}")):
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            _open(page, refused)
        assert answer.value.status == 404
        page.wait_for_function("() => document.querySelector('[role=alert]').textContent !== ''")
        page.screenshot(path=screenshots / f"share-{kind}.png")
        words.append(page.locator("body").inner_text())
    assert words[0] == words[1]
    assert "/shared" not in page.url
    fresh.close()


def _open(page: Page, link: str) -> None:
    page.goto("about:blank")  # a new fragment alone would not load the page again
    page.goto(link)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button").first.click()


def _share(site: Site, analysis: str) -> tuple[str, str]:
    data = ("--data-dir", str(site.folder))
    made = subprocess.run(
        command("share", "create", "--json", "--passphrase", "--base-url", site.address, analysis, *data),
        check=True,
        input=f"{PASSPHRASE}\n",
        capture_output=True,
        text=True,
    )
    share = json.loads(made.stdout)
    return share["id"], share["url"]


def test_signed_in_profile_can_be_made_anew(browser: Browser, site: Site) -> None:
    printed = subprocess.run(
        command("login", "--data-dir", str(site.folder)), check=True, capture_output=True, text=True
    ).stdout
    token = printed.split("#")[1].split()[0]
    context = signed_in(browser, Site(site.address, f"{site.address}/login#{token}", site.folder))
    assert context.request.get(f"{site.address}/api/v1/me").json()["role"] == "admin"
    context.close()
