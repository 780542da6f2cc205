"""The frame in a real browser: palette, keys, skip link, guided visit, rail and colours, on a small real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import findings
from tests.browser.site import Site, Watch, served, settled, signed_in
from tests.frontend.pages.explore import database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MOST_TABS = 15
FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}"""


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("frame") / "data"
    folder.mkdir()
    database.fill(database.settings_of(folder, auth=True))
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(browser: Browser, small_site: Site) -> Iterator[BrowserContext]:
    context = signed_in(browser, small_site, viewport={"width": 1440, "height": 900}, color_scheme="light")
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext, small_site: Site) -> Iterator[Page]:
    page = visitor.new_page()
    watch = Watch(small_site.address)
    watch.on(page)
    page.goto(f"{small_site.address}/shifts")
    settled(page)
    page.wait_for_selector("html[data-rail]", state="attached")  # the frame's own script runs
    yield page
    page.close()
    assert watch.console == []
    assert watch.outside == []


def test_the_palette_leads_to_a_feature_by_keyboard_and_loads_nothing_anew(page: Page, screenshots: Path) -> None:
    page.evaluate("window.sameApplication = true")
    page.keyboard.press("Control+k")
    palette = page.locator("dialog.palette")
    expect(palette).to_be_visible()
    expect(palette.locator("li", has_text="feature")).to_have_count(0)  # pages first, before anything is typed
    page.keyboard.type("glcm adc")
    chosen = palette.locator('li[aria-selected="true"]')
    expect(chosen).to_contain_text("GLCM")
    page.keyboard.press("ArrowDown")
    expect(palette.locator("li").nth(1)).to_have_attribute("aria-selected", "true")
    assert findings(page) == []
    page.screenshot(path=screenshots / "palette.png")
    name = chosen.locator(".also").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/shifts?*feature={name}*")
    settled(page)
    assert page.evaluate("window.sameApplication") is True


def test_the_palette_gives_the_focus_back_and_finds_pages_analyses_and_cases(page: Page) -> None:
    page.get_by_role("link", name="Groups").first.focus()
    for asked, kind in (("jobs", "page"), ("lesion segmentation", "analysis"), ("demo-prostates", "cohort")):
        page.keyboard.press("Control+k")
        page.keyboard.type(asked)
        expect(page.locator("dialog.palette li .kind", has_text=kind).first).to_be_visible()
        page.keyboard.press("Escape")
        assert "Groups" in page.evaluate(f"({FOCUSED})().textContent")
    page.keyboard.press("Control+k")
    page.keyboard.type("zzzz")
    expect(page.locator("dialog.palette .said")).to_have_text("Nothing here is called like this.")


def test_a_hostile_study_id_stays_text(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("outside.example")
    expect(page.locator("dialog.palette li .name").first).to_have_text(database.HOSTILE)


def test_question_mark_lists_the_keys_but_not_while_typing(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("dialog.palette")).to_be_visible()
    page.keyboard.type("?")
    expect(page.locator("dialog.palette input")).to_have_value("?")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.palette")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog.help")).to_be_hidden()


def test_the_first_tab_offers_to_skip_the_rail(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate(f"({FOCUSED})().textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_the_open_page_says_so_in_the_rail(page: Page) -> None:
    current = page.locator('.st-key-rail a[aria-current="page"]')
    expect(current).to_have_count(1)
    expect(current).to_contain_text("Shifts")
    page.get_by_role("link", name="Groups").first.click()
    expect(current).to_contain_text("Groups")
    settled(page)
    assert page.title().startswith("Groups · ")


def test_the_rail_loses_and_finds_its_words(page: Page) -> None:
    page.get_by_role("button", name="Rail with or without words").click()
    expect(page.locator(".st-key-rail")).to_have_css("width", "48px")
    page.reload()
    settled(page)
    expect(page.locator(".st-key-rail")).to_have_css("width", "48px")
    assert findings(page) == []
    page.get_by_role("button", name="Rail with or without words").click()
    expect(page.locator(".st-key-rail")).to_have_css("width", "72px")


def test_dark_and_light_are_chosen_in_the_rail_and_kept_for_every_page(page: Page, small_site: Site) -> None:
    app = page.locator('[data-testid="stApp"]')
    light = app.evaluate("node => getComputedStyle(node).backgroundColor")
    page.get_by_role("button", name="Light or dark").click()
    expect(app).not_to_have_css("background-color", light)
    settled(page)
    assert findings(page) == []
    page.goto(f"{small_site.address}/jobs")
    settled(page)
    expect(app).not_to_have_css("background-color", light)
    page.get_by_role("button", name="Light or dark").click()
    expect(app).to_have_css("background-color", light)
    settled(page)


def test_the_first_visit_is_offered_once_and_can_be_begun_again(
    browser: Browser, visitor: BrowserContext, small_site: Site, screenshots: Path
) -> None:
    state = visitor.storage_state()
    state["origins"] = []  # a browser that has not been here
    context = browser.new_context(storage_state=state, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{small_site.address}/overview")
    settled(page)
    card = page.locator(".visit")
    expect(card).to_contain_text("New here?")
    assert findings(page) == []
    card.get_by_role("button", name="Show me").click()
    titles = []
    for step in range(5):
        titles.append(card.locator(".title").inner_text())
        expect(card).to_contain_text(f"{step + 1} of 5")
        page.screenshot(path=screenshots / f"visit-{step + 1}.png")
        card.get_by_role("button", name="Done" if step == 4 else "Next").click()
    expect(card).to_be_hidden()
    assert len(set(titles)) == 5
    page.reload()
    settled(page)
    expect(card).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_role("button", name="Show me around").click()
    expect(card).to_contain_text("1 of 5")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    context.close()


def test_the_list_of_features_is_reached_with_few_tabs(page: Page) -> None:
    """The first feature is the first line of that list; its own keys move within it."""
    page.locator("[role=listbox][aria-label=Features] [role=option]").first.wait_for(timeout=60_000)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(MOST_TABS - 1):
        page.keyboard.press("Tab")
        if page.evaluate(f"({FOCUSED})().getAttribute('aria-label')") == "Features":
            return
    raise AssertionError(f"no feature within {MOST_TABS} tabs")
