"""What axe-core finds on a page that is open in the browser: WCAG 2.2, levels A and AA."""

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
"""Run in the page by the test alone; the server neither ships nor allows it."""

RUN = """async (levels) => {
  const answer = await axe.run(document, { runOnly: levels });
  return answer.violations.flatMap(({ id, nodes }) => nodes
    .map(({ html, any, all, none }) => ({ id, html, checks: [...any, ...all, ...none].map((one) => one.message) })));
}"""


def findings(page: Page) -> list[str]:
    """One line a fault: rule, place, what is wrong. Nothing is left out."""
    page.evaluate(AXE)
    found = page.evaluate(RUN, LEVELS)
    return [f"{fault['id']}: {fault['html'][:160]} ({'; '.join(fault['checks'])[:240]})" for fault in found]
