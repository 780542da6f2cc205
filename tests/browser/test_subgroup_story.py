"""A subgroup in a real browser: filtered, analysed, its result, a saved view, and the same after a reload."""

from playwright.sync_api import Browser, Page

from backend.jobs import queue, submission
from backend.jobs.run import execute
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from shared import schemas as s
from tests.browser.site import SECONDS_TO_DRAW, Watch, served, settled, signed_in

WAIT_MS = SECONDS_TO_DRAW * 1000
OF_PART = ".st-key-filter-line strong"
"""How many patients the numbers are of, where they are of a subgroup."""


def _filled(folder) -> None:
    """A sample of tables with a centre and PSA, analysed."""
    settings = Settings(data_dir=folder, executor="inline", workers=1, threads=1)
    upgrade(settings)
    (folder / "locks").mkdir(exist_ok=True)
    database = Database(settings)
    made = _run(database, settings, s.SynthTablesParams(cohort="sample", patients=90, scenario="planted"))
    params = s.AnalyseParams(cohort_id=str(made["cohort_id"]), task="pirads", roi="gland", hidden=8, epochs=3)
    _run(database, settings, params)
    database.close()


def _run(database: Database, settings: Settings, params: s.JobParams) -> dict[str, object]:
    with database.write() as session:
        job = submission.submit(session, settings, s.JobSubmit(params=params), local=True)
        job.state, job.owner = "running", "test"
        job_id = job.id
    execute(settings, job_id)
    with database.read() as session:
        return queue.get(session, job_id).result


def _editor(page: Page):
    page.locator(".st-key-cohort-filter button").first.click()
    return page.locator('[data-testid="stPopoverBody"]')


def test_filter_analyse_result_saved_view_reload(tmp_path, browser: Browser) -> None:
    _filled(tmp_path)
    with served(tmp_path) as site, signed_in(browser, site) as context:
        page, watch = context.new_page(), Watch(site.address)
        watch.on(page)
        page.goto(f"{site.address}/overview")
        settled(page)
        editor = _editor(page)
        editor.get_by_role("combobox").click()
        page.get_by_role("option", name="Split").click()
        editor.get_by_role("button", name="train").click()
        editor.get_by_text("patients", exact=False).first.wait_for()
        editor.get_by_role("button", name="Show these").click()
        page.get_by_text("The numbers below are of all 90 patients").wait_for(timeout=WAIT_MS)
        assert "where=split%3Dtrain" in page.url
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Analyse these").click()
        page.locator(OF_PART).wait_for(timeout=WAIT_MS)
        settled(page)
        of_part = page.url
        assert "split train" in page.title()
        assert "of 90 patients: split train" in page.locator(".st-key-filter-line").inner_text().replace("*", "")

        page.get_by_role("button", name="Views").click()
        page.get_by_label("Save this view as").fill("Training patients")
        page.get_by_label("Save this view as").press("Enter")
        page.get_by_role("button", name="Save this view", exact=True).click()
        page.get_by_role("link", name="Training patients").wait_for(timeout=WAIT_MS)

        page.goto(f"{site.address}/overview?where=")
        page.get_by_role("button", name="All 90 patients").wait_for(timeout=WAIT_MS)
        settled(page)
        assert page.locator(".st-key-filter-line").count() == 0
        page.get_by_role("button", name="Views").click()
        page.get_by_role("link", name="Training patients").click()
        page.locator(OF_PART).wait_for(timeout=WAIT_MS)
        settled(page)
        assert _query(page.url) == _query(of_part)
        page.reload()
        settled(page)
        assert _query(page.url) == _query(of_part)
        assert page.locator(".st-key-filter-line").count() == 1
        assert (watch.console, watch.outside) == ([], [])


def _query(url: str) -> set[str]:
    return set(url.partition("?")[2].split("&"))
