"""Cases in a real browser: what stands around the pictures waits for them, and the list keeps its filters."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.site import Site, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SLOW_MS = 120
"""Between two keys: a run of the page ends between them and must not set the text back."""


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    page = profile.new_page()
    yield page
    page.close()


def demo_cohort(page: Page, site: Site) -> str:
    """The cohort of the demo that has images; pages open with the sample's analysis, which came as tables."""
    cohorts = page.request.get(f"{site.address}/api/v1/cohorts").json()["items"]
    return str(next(cohort["id"] for cohort in cohorts if cohort["name"] == "demo-prostates"))


def first_case(page: Page, site: Site) -> str:
    """A case of the demo, by the API."""
    cases = page.request.get(f"{site.address}/api/v1/cohorts/{demo_cohort(page, site)}/cases")
    return str(cases.json()["items"][0]["id"])


def test_radiomics_follow_the_pictures(page: Page, site: Site) -> None:
    """The sentence that they wait may stand for a moment only; a test below holds the pictures back and sees it."""
    waiting = page.get_by_text("follow as soon as its pictures stand")
    page.goto(f"{site.address}/cases?case={first_case(page, site)}")
    expect(page.get_by_role("heading", name="Radiomics among the cohort")).to_be_visible(timeout=90_000)
    drawn = page.locator(".viewer .window").filter(has_text="W")
    assert drawn.count() == 3
    expect(waiting).to_have_count(0)


def test_radiomics_come_where_pictures_cannot_be_loaded(page: Page, site: Site) -> None:
    page.route("**/api/v1/images/**", lambda route: route.abort())
    page.goto(f"{site.address}/cases?case={first_case(page, site)}")
    expect(page.get_by_text("T2 could not be loaded. Check the connection.")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Radiomics among the cohort")).to_be_visible(timeout=30_000)


def test_radiomics_do_not_wait_for_pictures_that_never_come(page: Page, site: Site) -> None:
    page.route("**/api/v1/images/**", lambda _route: None)  # no answer, no refusal
    page.goto(f"{site.address}/cases?case={first_case(page, site)}")
    expect(page.get_by_text("follow as soon as its pictures stand")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Radiomics among the cohort")).to_be_visible(timeout=30_000)
    assert page.locator(".viewer .window").filter(has_text="W").count() == 0


def test_a_text_typed_slowly_stays_and_is_kept_when_the_list_is_folded(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/cases?cohort={demo_cohort(page, site)}")
    settled(page)
    search = page.get_by_role("searchbox", name="Search")
    search.press_sequentially("9000002", delay=SLOW_MS)
    page.wait_for_url("**text=9000002*", timeout=30_000)
    settled(page)
    expect(search).to_have_value("9000002")
    expect(page.get_by_text("1 case of 24 shown")).to_be_visible()
    page.get_by_text("Choose a case").click()
    expect(search).to_have_count(0)
    settled(page)
    assert "text=9000002" in page.url
    page.get_by_text("Choose a case").click()
    expect(search).to_have_value("9000002")
    page.go_back()
    page.wait_for_url(lambda url: "text=9000002" not in url)
