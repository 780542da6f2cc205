"""A clinician's story in a real browser: a link on a phone, a verdict, a case by swipe, a word, one printed page.

The same on 1280 x 1024 at 150 % by keyboard, and the pages that print: with a pair, without a change, with long words.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from backend.models import AnalysisFeature, AnalysisGroup
from backend.storage.database import Database
from tests.api import server
from tests.browser.axe import findings
from tests.browser.site import Site, Watch, command, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LOOKS = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "at-150": {"viewport": {"width": 853, "height": 683}, "device_scale_factor": 1.5},
    "dark": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "dark"},
}
LONG = {
    "sender": "Professor Dr Maximiliana Beispielhausen-Musterfrau, group of imaging models",
    "title": "What we found for the multidisciplinary board of the second week of December, with a question",
    "message": "Please look at whether this fits what you see in daily reading. " * 9,
}
PAGE_OF_A_PDF = re.compile(rb"/Type\s*/Page\b")


@dataclass(frozen=True)
class Links:
    """A running server and its links: with a pair, with long words, and of a result without a change."""

    site: Site
    pair: str
    long: str
    null: str


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Links]:
    folder = tmp_path_factory.mktemp("clinician") / "data"
    folder.mkdir()
    filled = server.fill(folder)
    words = [word for name, text in LONG.items() for word in (f"--{'from' if name == 'sender' else name}", text)]
    with served(folder) as site:
        pair = _link(site, filled.analysis_id, "--with-pictures", "--from", "the imaging group")
        long = _link(site, filled.analysis_id, "--with-pictures", *words)
        with closing(Database(server.settings_of(folder))) as database, database.write() as session:
            for group in session.scalars(select(AnalysisGroup)):
                group.values = group.values | {"flag": "unchanged"}
            for feature in session.scalars(select(AnalysisFeature)):
                feature.flag = "unchanged"
        yield Links(site, pair, long, _link(site, filled.analysis_id, "--with-pictures"))


def _link(site: Site, analysis: str, *more: str) -> str:
    words = ("share", "create", "--json", "--base-url", site.address, "--data-dir", str(site.folder))
    made = subprocess.run(command(*words, analysis, *more), check=True, capture_output=True, text=True)
    return str(json.loads(made.stdout)["url"])


def opened(context: BrowserContext, site: Site, link: str) -> tuple[Page, Watch]:
    """The page behind a link, and what it did that it must not."""
    page, watch = context.new_page(), Watch(site.address)
    watch.on(page)
    page.goto(link)
    page.get_by_role("button", name="Open the result").click()
    page.wait_for_url("**/shared?link=*")
    page.wait_for_load_state("networkidle")
    return page, watch


def place(page: Page) -> tuple[str | None, str | None]:
    pane = page.locator(".pane").first
    return pane.get_attribute("data-column"), pane.get_attribute("data-row")


def swipe(page: Page, by: int) -> None:
    """One finger across the first picture, as a touch screen reports it."""
    box = page.locator(".pane").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    steps = [("touchStart", x), *(("touchMove", x + by * n / 6) for n in range(1, 7))]
    for kind, at in steps:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_clinician_reads_scrolls_looks_a_word_up_and_prints_on_a_phone(
    browser: Browser, links: Links, screenshots: Path
) -> None:
    context = browser.new_context(**LOOKS["phone"])  # type: ignore[arg-type]  # playwright types every option by name
    page, watch = opened(context, links.site, links.pair)
    heading = page.get_by_role("heading", level=1)
    assert heading.inner_text().startswith("After training to predict PI-RADS, the model ")
    bottom = heading.evaluate("node => node.getBoundingClientRect().bottom")
    assert bottom < 844, "the verdict stands on the first screen"
    page.locator(".pane").first.scroll_into_view_if_needed()
    before = place(page)
    swipe(page, -20)
    page.wait_for_function("was => document.querySelector('.pane').dataset.column !== was", arg=before[0])
    swipe(page, 20)
    page.wait_for_function("was => document.querySelector('.pane').dataset.column === was", arg=before[0])
    page.get_by_role("button", name="Outlines").tap()
    assert page.locator("img.outlines").first.is_hidden()
    word = page.locator(".terms button").first
    word.tap()
    explained = page.locator(".terms .word:popover-open")
    assert len(explained.inner_text()) > 20
    page.screenshot(path=screenshots / "clinician-word-phone.png")
    page.keyboard.press("Escape")
    assert page.locator(".word:popover-open").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert len(PAGE_OF_A_PDF.findall(page.pdf(prefer_css_page_size=True))) == 1
    page.screenshot(path=screenshots / "clinician-phone.png", full_page=True)
    assert findings(page) == []
    assert (watch.outside, watch.console) == ([], [])
    targets = page.locator("main button:visible, main input:visible, main summary:visible")
    assert min(box["height"] for box in (one.bounding_box() for one in targets.all()) if box) >= 24
    context.close()


@pytest.mark.parametrize("look", ["at-150", "dark"])
def test_by_keyboard_at_150_percent_and_in_the_dark(
    browser: Browser, links: Links, look: str, screenshots: Path
) -> None:
    context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]  # playwright types every option by name
    page, watch = opened(context, links.site, links.pair)
    page.get_by_role("slider").first.focus()
    before = place(page)
    page.keyboard.press("ArrowRight")
    assert place(page) != before
    assert (page.get_by_role("slider").first.get_attribute("aria-valuetext") or "").startswith("slice ")
    page.mouse.move(*_middle(page))
    page.mouse.wheel(0, -100)
    page.wait_for_function("was => document.querySelector('.pane').dataset.column === was", arg=before[0])
    page.get_by_role("button", name="Next slice of").first.click()
    assert place(page) != before
    page.locator(".terms button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".word:popover-open").count() == 1
    page.keyboard.press("Escape")
    order = page.locator("h1, h2").all_inner_texts()
    assert order[0].startswith("After training")
    assert order.index("What this does not say") < order.index("Words")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.screenshot(path=screenshots / f"clinician-{look}.png", full_page=True)
    assert findings(page) == []
    assert (watch.outside, watch.console) == ([], [])
    context.close()


def _middle(page: Page) -> tuple[float, float]:
    box = page.locator(".pane").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("kind", ["pair", "long", "null"])
def test_every_page_prints_on_one_sheet_in_black_and_white_too(
    browser: Browser, links: Links, kind: str, screenshots: Path
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page, watch = opened(context, links.site, getattr(links, kind))
    assert len(PAGE_OF_A_PDF.findall(page.pdf(prefer_css_page_size=True))) == 1
    page.emulate_media(media="print")
    page.screenshot(path=screenshots / f"clinician-print-{kind}.png", full_page=True)
    shown = page.locator("main").inner_text()
    if kind == "null":
        assert "no change is shown" in shown or "about alike" in shown
        assert page.locator("figure.case").count() == 0
        assert "Could have been seen" in shown
    else:
        changes = page.locator(".chart .change").all_inner_texts()
        assert all(changes), "what happened stands in words beside each bar, not in its colour alone"
    assert (watch.outside, watch.console) == ([], [])
    context.close()


def test_without_script_the_page_still_says_all(browser: Browser, links: Links) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page, _ = opened(context, links.site, links.pair)
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state())
    bare = plain.new_page()
    bare.goto(page.url)
    assert bare.locator("h1").inner_text() == page.locator("h1").inner_text()
    assert bare.locator("img.tiles").first.is_visible()
    assert bare.get_by_role("slider").count() == 0, "nothing that would do nothing"
    plain.close()
    context.close()
