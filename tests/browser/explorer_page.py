"""The page Shifts as a reader has it open: the explorer, what it lists, and what the API says of the same."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from frontend.explorer import script
from tests.browser.site import Site, Watch, settled

PANEL_STANDS = """(feature) => {
  const within = (one) => [one, ...(one.shadowRoot?.querySelectorAll('*') ?? [])];
  const all = [...document.querySelectorAll('*')].flatMap(within);
  const body = all.find((one) => one.matches?.('.explorer .body'));
  const link = body?.querySelector('.feet a');
  return link !== null && link !== undefined && !body.classList.contains('waiting')
    && (feature === null || link.getAttribute('download') === `${feature}.csv`);
}"""


def script_page(browser: Browser) -> Page:
    """An empty page that knows all functions of the explorer."""
    page = browser.new_page()
    page.add_script_tag(content=script().replace("export default function", "function"))
    return page


def opened(
    profile: BrowserContext, site: Site, query: Mapping[str, str], page: Page | None = None
) -> tuple[Page, Watch]:
    """The page at an address, its list drawn and the panel filled."""
    page = page or profile.new_page()
    watch = Watch(site.address)
    watch.on(page)
    page.goto(f"{site.address}/shifts?{urlencode(query)}")
    settled(page)
    page.locator(".explorer .headline").filter(has_text=" ").wait_for(timeout=60_000)
    return page, watch


def explorer(page: Page) -> Locator:
    return page.locator(".explorer")


def panel_of(page: Page, feature: str | None = None) -> Locator:
    """The panel, once it is filled (with that feature)."""
    page.wait_for_function(PANEL_STANDS, arg=feature, timeout=30_000)
    return page.locator(".explorer .panel")


def asked(profile: BrowserContext, site: Site, path: str, **query: object) -> Any:
    """What the API answers."""
    answer = profile.request.get(f"{site.address}/api/v1{path}", params={k: str(v) for k, v in query.items()})
    assert answer.ok, answer.text()
    return answer.json()


def ranking(profile: BrowserContext, site: Site, analysis: str, **query: object) -> list[dict[str, Any]]:
    """Rows of the API's ranking."""
    found: list[dict[str, Any]] = asked(profile, site, f"/analyses/{analysis}/ranking", limit=1000, **query)["items"]
    return found


def listed(page: Page, packed: Mapping[str, Any]) -> list[str]:
    """The features of the list in their order; scrolled to the end, so that all of them are drawn."""
    box = explorer(page).locator(".rows")
    box.evaluate(
        """async (box) => {
          for (let before = -1; before !== box.children.length; ) {
            before = box.children.length;
            box.scrollTop = box.scrollHeight;
            await new Promise((done) => setTimeout(done, 60));
          }
        }"""
    )
    places = box.locator(".row").evaluate_all("rows => rows.map((row) => Number(row.dataset.k))")
    return [packed["feature"][k] for k in places]
