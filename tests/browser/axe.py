"""What axe-core finds on a page that is open in the browser: WCAG 2.2, levels A and AA."""

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
"""Run in the page by the test alone; the server neither ships nor allows it."""


@dataclass(frozen=True)
class Beyond:
    """A rule that Streamlit's own markup breaks, where a dashboard cannot reach it (decision 0011)."""

    rule: str
    within: str
    why: str


BEYOND = (
    Beyond("list", "stSidebarNavItems", "the navigation's <ul> holds a <div> for each section"),
    Beyond("listitem", "stSidebarNavLinkContainer", "so its <li> stand in that <div>, not in the <ul>"),
)


def findings(page: Page) -> list[str]:
    """One line a fault: rule, place, what is wrong. Faults of `BEYOND` are left out, and nothing else."""
    page.evaluate(AXE)
    answer = page.evaluate("levels => axe.run(document, { runOnly: levels })", LEVELS)
    return [
        f"{found['id']}: {node['html'][:160]} ({_reason(node)})"
        for found in answer["violations"]
        for node in found["nodes"]
        if not any(found["id"] == known.rule and known.within in node["html"] for known in BEYOND)
    ]


def _reason(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return "; ".join(check["message"] for check in checks)[:240]
