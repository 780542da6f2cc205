"""What axe-core finds on a page that is open in the browser: WCAG 2.2, levels A and AA."""

from dataclasses import dataclass

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
"""Run in the page by the test alone; the server neither ships nor allows it."""


NAVIGATION = '[data-testid="stSidebarNavItems"]'


@dataclass(frozen=True)
class Beyond:
    """A rule that Streamlit's own markup breaks, where a dashboard cannot reach it (decision 0010)."""

    rule: str
    within: str
    why: str


BEYOND = (
    Beyond("list", NAVIGATION, "the navigation's <ul> holds a <div> for each section"),
    Beyond("listitem", NAVIGATION, "so its <li> stand in that <div>, not in the <ul>"),
)
RUN = """async ([levels, beyond]) => {
  const answer = await axe.run(document, { runOnly: levels });
  const within = (node, place) => document.querySelector(node.target[0])?.closest(place);
  return answer.violations.flatMap(({ id, nodes }) => nodes
    .filter((node) => !beyond.some(([rule, place]) => rule === id && within(node, place)))
    .map(({ html, any, all, none }) => ({ id, html, checks: [...any, ...all, ...none].map((one) => one.message) })));
}"""


def findings(page: Page) -> list[str]:
    """One line a fault: rule, place, what is wrong. Faults of `BEYOND` are left out, and nothing else."""
    page.evaluate(AXE)
    found = page.evaluate(RUN, [LEVELS, [[known.rule, known.within] for known in BEYOND]])
    return [f"{fault['id']}: {fault['html'][:160]} ({'; '.join(fault['checks'])[:240]})" for fault in found]
