"""report.html passes axe-core with all its parts open, light and dark, and throws no error."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.report.report_html import write_report
from tests.browser.axe import findings
from tests.science.lens_tables import tables

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_report_has_no_accessibility_fault(colours: str, browser: Browser, tmp_path: Path) -> None:
    path = write_report(analyse(*tables(n=60), LensSettings(hidden=16, epochs=5)), tmp_path)
    page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=colours, bypass_csp=True)  # type: ignore[arg-type] # one of two words
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("#chart-effects .main-svg")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    page.wait_for_selector("#chart-modalities .main-svg")
    found = findings(page)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.close()
    assert found == []
    assert errors == []
    assert wide <= 0
