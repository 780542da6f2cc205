"""The bell in a real browser: a job ends, the page says so by itself and stays as it is, and the way to the result."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from backend.access import tokens
from backend.storage.database import Database
from shared import schemas as s
from shared.client import Client
from tests.api import server
from tests.browser.axe import findings
from tests.browser.site import Site, Watch, served, settled, signed_in

SAID_MS = 60_000


def owner(site: Site) -> Client:
    """A caller with the rights of whoever opened the link."""
    database = Database(server.settings_of(site.folder))
    with database.write() as session:
        token = tokens.create_token(session, tokens.get_or_add_user(session, "owner", "admin"), "api")
    database.close()
    return Client(site.address, token)


def opened(browser: Browser, site: Site, watch: Watch) -> Page:
    page = signed_in(browser, site).new_page()
    watch.on(page)
    page.goto(f"{site.address}/shares")
    settled(page)
    return page


def test_a_job_that_ends_is_said_on_whatever_page_one_is(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as site, owner(site) as api:
        watch = Watch(site.address)
        page = opened(browser, site, watch)
        page.evaluate("document.querySelector('h1').dataset.stays = 'yes'")
        made = api.submit(s.JobSubmit(params=s.SynthTablesParams(cohort="drawn", patients=40)))
        toast = page.locator(".toast")
        expect(toast).to_contain_text("Done: Make the sample tables drawn of 40 patients.", timeout=SAID_MS)
        assert page.evaluate("document.querySelector('h1').dataset.stays") == "yes"
        expect(page.get_by_role("button", name="Jobs that ended, 1 unread")).to_be_visible()
        page.get_by_role("button", name="Jobs that ended, 1 unread").click()
        row = page.get_by_role("listitem").filter(has_text="Make the sample tables")
        expect(row).to_contain_text("Done. Go on: analyse")
        assert findings(page) == []
        row.get_by_role("link").click()
        page.wait_for_url(f"**/run?do=analyze&cohort={made.result['cohort_id']}")
        expect(page.get_by_role("button", name="Jobs that ended", exact=True)).to_be_visible()
        assert api.notifications(unread=True) == []
        assert (watch.console, watch.outside) == ([], [])
        page.context.close()
